from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ib_stream.rows import page_of, written


def batches(times: Sequence[int], size: int) -> list[pa.RecordBatch]:
    table = pa.table({"time": pa.array(times, pa.timestamp("ns", "UTC")), "row": range(len(times))})
    found: list[pa.RecordBatch] = table.to_batches(max_chunksize=size)
    return found


@given(st.lists(st.integers(0, 6)).map(sorted), st.integers(1, 9), st.integers(1, 5))
def test_pages_join_to_the_whole_and_cut_no_time_apart(times: list[int], limit: int, size: int) -> None:
    rows, start = list[int](), 0
    while True:
        left = [time for time in times if time >= start]
        page = page_of(batches(left, size), limit)
        got = page.table["time"].cast(pa.int64()).to_pylist()
        rows += got
        assert len(got) <= limit or len(set(got)) == 1
        if page.next is None:
            break
        assert not got or page.next > got[-1]
        start = page.next
    assert rows == times


def test_times_are_iso_and_exact() -> None:
    table = pa.table({"time": pa.array([0, 1_500_000_000], pa.timestamp("ns", "UTC"))})
    assert b"1970-01-01T00:00:01.500000000Z" in written(table, "csv", {})[0]
    assert b'"1970-01-01T00:00:00Z"' in written(table.slice(0, 1), "csv", {})[0]

from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from data_processing.tail import Tail
from data_storage.tables import BARS, bars_table, stored_schema, ticks_table, with_ids
from market.times import SECOND
from tests.fakes import T0, bar, quote

SECTION = "bars/1m/TRADES/all"
BATCHES = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.integers(1, 4), min_size=1, max_size=6)), max_size=12
)


@given(BATCHES, st.integers(0, 4), st.booleans())
def test_rows_of_a_contract_come_in_their_order_and_go_with_their_segment(
    batches: list[tuple[int, list[int]]], before: int, reading: bool
) -> None:
    tail, expected, number = Tail(), dict[int, list[tuple[int, int]]](), 0
    for segment, ids in sorted(batches, key=lambda each: each[0]):
        rows = [bar(number + i, contract_id=id_) for i, id_ in enumerate(ids)]
        for row in rows:
            expected.setdefault(row.contract_id, []).append((segment, row.time))
        number += len(ids)
        (batch,) = bars_table(rows, with_ids(BARS)).to_batches()
        tail.add(segment, [(SECTION, batch)])
        if reading:
            tail.of(SECTION, (1, "SMART"))
    assert tail.rows == number
    tail.drop(before)
    for id_, rows_of in expected.items():
        found = pa.concat_tables([stored_schema(SECTION).empty_table(), *tail.of(SECTION, (id_, "SMART"))])
        assert found["time"].cast("int64").to_pylist() == [
            time for segment, time in rows_of if segment >= before
        ]
    assert tail.rows == tail.all_of(SECTION).num_rows


def test_runs_stay_few() -> None:
    tail = Tail()
    for i in range(300):
        (batch,) = bars_table([bar(i)], with_ids(BARS)).to_batches()
        tail.add(1, [(SECTION, batch)])
        assert len(tail.of(SECTION, (bar().contract_id, "SMART"))) < 12


def ticks(second: int, contracts: int, each: int) -> list[tuple[str, pa.RecordBatch]]:
    """What the recorder brings of a second: a batch for each contract."""
    found = []
    for id_ in range(1, contracts + 1):
        rows = [quote(second, 10.0, 10.01, contract_id=id_) for _ in range(each)]
        table = ticks_table(rows, "BidAsk", id_, range(each), [1] * each, ids=True)
        found += [("ticks/BidAsk", batch) for batch in table.to_batches()]
    return found


def test_memory_holds_the_newest_rows_only_whether_they_are_read_or_not(tmp_path: Path) -> None:
    tail, most, before, new = Tail(tmp_path), 0, pa.total_allocated_bytes(), ticks(0, 50, 40)
    size = sum(batch.nbytes for _, batch in new)
    for n in range(300):
        tail.add(n // 100, [(section, pa.concat_batches([batch])) for section, batch in new])
        most = max(most, pa.total_allocated_bytes() - before)
        if n >= 200:
            assert len(tail.of("ticks/BidAsk", (7, "SMART"))) < 40
    assert tail.rows == tail.all_of("ticks/BidAsk").num_rows == 300 * 50 * 40
    assert most < 80 * size < 300 * size
    assert list(tmp_path.iterdir()) == []


def test_pieces_in_memory_are_few_however_short_they_came() -> None:
    tail, before = Tail(), pa.total_allocated_bytes()
    for n in range(2_000):
        tail.add(1, [(SECTION, batch) for batch in bars_table([bar(n)], with_ids(BARS)).to_batches()])
    grown = pa.total_allocated_bytes() - before
    # By itself a row takes 64 bytes or more for each of more than a dozen columns.
    assert grown < 2_000 * 12 * 64 / 4


def test_where_no_file_can_be_written_memory_holds_all(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "missing")
    for n in range(10):
        tail.add(n, ticks(n, 50, 40))
    found = pa.concat_tables(tail.of("ticks/BidAsk", (7, "SMART")))
    assert found["time"].cast("int64").to_pylist() == [T0 + n * SECOND for n in range(10) for _ in range(40)]

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from data_processing.tail import Tail
from data_storage.tables import BARS, bars_table, stored_schema, with_ids
from tests.fakes import bar

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
        assert len(tail.of(SECTION, (bar().contract_id, "SMART"))) < 16

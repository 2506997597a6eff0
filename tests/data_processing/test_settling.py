from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data_processing.bar_merge import merge
from data_processing.settling import finished, settle_bars, settle_ticks
from data_processing.tick_merge import fold
from data_storage.tables import BARS, OPEN, PARTIAL, TICKS, WHOLE, bars_table, ticks_table, with_ids
from market.events import Bar
from tests.fakes import T0, bar, trade

IDS = st.integers(1, 3)
FORMS = st.builds(
    lambda id_, minute, close, received, final, source: bar(
        minute, float(close), contract_id=id_, received=received, final=final, source=source
    ),
    IDS,
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from(["ticks", "rtbar", "history"]),
)


def table(bars: Sequence[Bar]) -> pa.Table:
    return bars_table(bars, with_ids(BARS))


@settings(max_examples=50)
@given(st.lists(FORMS, max_size=6), st.lists(FORMS, max_size=6))
def test_bars_of_many_contracts_settle_as_those_of_each_alone(first: list[Bar], second: list[Bar]) -> None:
    both = settle_bars(settle_bars(table([]), table(first)), table(second))
    for id_ in (1, 2, 3):
        parts = [bars_table([each for each in bars if each.contract_id == id_]) for bars in (first, second)]
        alone, _ = merge(merge(BARS.empty_table(), parts[0])[0], parts[1])
        rows = [row for row in both.to_pylist() if row["contract_id"] == id_]
        names = ["time", "close", "final", "source", "version"]
        expected = alone.select(names).to_pylist()
        assert [{name: row[name] for name in names} for row in rows] == expected


@given(st.lists(st.tuples(IDS, st.integers(1, 4), st.integers(0, 5)), min_size=1, max_size=20))
def test_ticks_of_many_contracts_fold_as_those_of_each_alone(rows: list[tuple[int, int, int]]) -> None:
    ticks = [trade(second, contract_id=id_) for id_, _, second in rows]
    places = [sum(row == other for other in rows[:i]) for i, row in enumerate(rows)]
    numbers = [10 * recording + id_ for id_, recording, _ in rows]
    seen = [OPEN if recording % 2 else WHOLE for _, recording, _ in rows]
    both = settle_ticks([ticks_table(ticks, "Last", numbers, places, seen, ids=True)], "Last")
    for id_ in {row[0] for row in rows}:
        mine = [i for i, row in enumerate(rows) if row[0] == id_]
        pick = [[values[i] for i in mine] for values in (numbers, places, seen)]
        alone = fold([ticks_table([ticks[i] for i in mine], "Last", *pick)], "Last")
        assert both.filter(pa.compute.equal(both["contract_id"], id_)).select(TICKS["Last"].names) == alone


def test_a_recording_that_is_over_leaves_no_number() -> None:
    ticks = ticks_table(
        [trade(i) for i in range(4)], "Last", [5, 5, 6, 6], [0] * 4, [WHOLE, OPEN, WHOLE, OPEN]
    )
    done = finished(ticks, [6])
    assert done["recording"].to_pylist() == [0, 0, 6, 6]
    assert done["seen"].to_pylist() == [WHOLE, PARTIAL, WHOLE, OPEN]
    assert done["time"].cast("int64").to_pylist()[0] == T0

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.futures.continuous import Adjust, View, continuous
from data_processing.futures.rolls import RollRule
from data_processing.timeseries_db import TimeseriesDB
from data_storage.tables import BARS
from market.errors import BadRequest, NoData
from market.times import DAY, MINUTE, parse
from tests.data_processing.futures.world import FIRST, Store, daily, future, minute
from tests.fakes import SIM

EVER = (0, 2**62)
CHAIN = [future(1, 4), future(2, 9), future(3, 14)]
DAYS_2 = RollRule("days", 2)


def store(prices: dict[int, list[float]]) -> Store:
    """Daily bars of each contract from `FIRST` on."""
    return Store([daily(n, day, close) for n, closes in prices.items() for day, close in enumerate(closes)])


def closes(view: View) -> list[tuple[str, float]]:
    return list(zip(view.bars["contract"].to_pylist(), view.bars["close"].to_pylist(), strict=True))


# A move of the price in ticks of a quarter, so that sums are exact.
MOVES = st.lists(st.integers(-40, 40).map(lambda ticks: ticks / 4), min_size=15, max_size=15)
WALKS = st.fixed_dictionaries(dict.fromkeys((1, 2, 3), MOVES))
RULES = st.sampled_from([RollRule("days", 0), RollRule("days", 1), RollRule("days", 3), RollRule("volume")])
VOLUMES = st.fixed_dictionaries({n: st.lists(st.integers(0, 9), min_size=15, max_size=15) for n in (1, 2, 3)})
SPANS = st.tuples(st.integers(0, 14), st.integers(1, 15)).filter(lambda span: span[0] < span[1])


def walked(moves: dict[int, list[float]], volumes: dict[int, list[int]]) -> Store:
    """Contracts that begin apart and walk; each has bars up to its expiry."""
    bars, last = [], {1: 5, 2: 10, 3: 15}
    for number, steps in moves.items():
        price = 1_000.0 + 25 * number
        for day in range(last[number]):
            price += steps[day]
            bars.append(daily(number, day, price, float(volumes[number][day])))
    return Store(bars)


def naive(world: Store, view: View, adjust: Adjust, start: int, end: int) -> list[tuple[int, float]]:
    """The adjusted closes, one bar at a time: each is taken through every roll between it and the end."""
    price = {(each.contract_id, each.time): each.close for each in world.stored}
    found = []
    for contract, time in zip(view.bars["contract_id"].to_pylist(), range(start, end), strict=True):
        value = price[contract, (FIRST + time) * DAY]
        for roll in view.rolls[1:]:
            if time < roll.day - FIRST < end:
                assert roll.before is not None
                common = max(
                    t for n, t in price if n == roll.before.contract_id and t < roll.time
                    and (roll.after.contract_id, t) in price
                )  # fmt: skip
                old, new = price[roll.before.contract_id, common], price[roll.after.contract_id, common]
                value = value * (new / old) if adjust == "ratio" else value + (new - old)
        found.append((contract, value))
    return found


@pytest.mark.parametrize("adjust", ["difference", "ratio"])
@given(WALKS, VOLUMES, RULES, SPANS)
def test_adjusted_closes_are_those_of_a_model_that_goes_bar_by_bar(
    adjust: Adjust, moves: dict[int, list[float]], volumes: dict[int, list[int]], rule: RollRule, span: Any
) -> None:
    world, (start, end) = walked(moves, volumes), span
    bounds = ((FIRST + start) * DAY, (FIRST + end) * DAY)
    view = continuous(world, CHAIN, "1D", *bounds, rule=rule, adjust=adjust)
    expected = naive(world, view, adjust, start, end)
    assert view.bars["contract_id"].to_pylist() == [contract for contract, _ in expected]
    assert view.bars["close"].to_pylist() == pytest.approx([value for _, value in expected], rel=1e-12)


@given(WALKS, VOLUMES, RULES)
def test_the_raw_view_is_the_stored_bars_and_nothing_else(
    moves: dict[int, list[float]], volumes: dict[int, list[int]], rule: RollRule
) -> None:
    world = walked(moves, volumes)
    view = continuous(world, CHAIN, "1D", *EVER, rule=rule)
    for place, contract in enumerate(view.bars["contract_id"].to_pylist()):
        day = (FIRST + place) * DAY
        assert (
            view.bars.slice(place, 1)
            .select(BARS.names)
            .equals(world.bars(contract, "CME", "1D", day, day + 1))
        )
    assert view.bars.num_rows == 15
    assert [each.contract.contract_id for each in view.daily] == view.bars["contract_id"].to_pylist()


@given(WALKS, VOLUMES, RULES)
def test_moves_within_a_contract_are_kept_and_the_newest_contract_has_its_own_prices(
    moves: dict[int, list[float]], volumes: dict[int, list[int]], rule: RollRule
) -> None:
    world = walked(moves, volumes)
    raw, by_difference, by_ratio = (
        continuous(world, CHAIN, "1D", *EVER, rule=rule, adjust=adjust).bars.to_pydict()
        for adjust in ("none", "difference", "ratio")
    )  # fmt: skip
    for i, j in zip(range(14), range(1, 15), strict=True):
        if raw["contract"][i] == raw["contract"][j]:
            move = raw["close"][j] - raw["close"][i]
            assert by_difference["close"][j] - by_difference["close"][i] == move
            share = raw["close"][j] / raw["close"][i]
            assert by_ratio["close"][j] / by_ratio["close"][i] == pytest.approx(share, rel=1e-12)
    newest = [i for i in range(15) if raw["contract"][i] == raw["contract"][-1]]
    for view in (by_difference, by_ratio):
        assert [view["close"][i] for i in newest] == [raw["close"][i] for i in newest]
        assert view["volume"] == raw["volume"]


@given(WALKS, VOLUMES, RULES, st.integers(1, 15))
def test_a_view_up_to_a_day_knows_nothing_of_later_ones(
    moves: dict[int, list[float]], volumes: dict[int, list[int]], rule: RollRule, day: int
) -> None:
    world, end = walked(moves, volumes), (FIRST + day) * DAY
    cut = Store([each for each in world.stored if each.time < end])
    early = continuous(cut, CHAIN, "1D", *EVER, rule=rule)
    late = continuous(world, CHAIN, "1D", *EVER, rule=rule)
    assert early.bars.equals(late.bars.slice(0, day))
    assert late.rolls[: len(early.rolls)] == early.rolls


def test_the_jump_at_a_roll_is_taken_out() -> None:
    world = store({1: [100, 101, 102, 103, 104], 2: [110, 111, 112, 113, 114, 116]})
    raw = continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2)
    assert closes(raw) == [("ES1", 100), ("ES1", 101), ("ES2", 112), ("ES2", 113), ("ES2", 114), ("ES2", 116)]
    adjusted = continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="difference")
    assert [price for _, price in closes(adjusted)] == [110, 111, 112, 113, 114, 116]


def test_all_prices_of_a_bar_are_adjusted_and_missing_ones_stay_missing() -> None:
    world = store({1: [100] * 3, 2: [200] * 5})
    world.stored[0] = msgspec.structs.replace(world.stored[0], average=None)
    row = (
        continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="ratio").bars.slice(0, 1).to_pylist()[0]
    )
    names = ("open", "high", "low", "close", "average", "volume")
    assert [row[name] for name in names] == [198, 204, 196, 200, None, 100]


def test_negative_prices_are_adjusted_by_difference_and_refused_for_ratios() -> None:
    world = store({1: [5, -37, -30], 2: [20, 10, 15, 16, 17]})
    view = continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="difference")
    assert [price for _, price in closes(view)] == [52, 10, 15, 16, 17]
    with pytest.raises(BadRequest, match="adjust by difference"):
        continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="ratio")


def test_contracts_without_a_bar_in_common_cannot_be_adjusted() -> None:
    world = Store([daily(1, 0, 100), daily(1, 1, 101), daily(2, 2, 110), daily(2, 3, 111)])
    assert len(closes(continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2))) == 4
    with pytest.raises(NoData, match="ES1 and ES2 have no bar in common"):
        continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="difference")


def test_an_evening_belongs_to_the_next_date_so_that_a_roll_is_at_its_beginning() -> None:
    evening = parse("2026-03-03T23:00")  # 17:00 in Chicago: the session of the 4th begins
    world = Store(
        [minute(n, evening + k * MINUTE, 100 * n + k) for n in (1, 2) for k in (-90, -1, 0, 1, 1_000)]
    )
    view = continuous(world, CHAIN[:2], "1m", *EVER, rule=DAYS_2, adjust="difference")
    assert [roll.time for roll in view.rolls[1:]] == [evening]
    assert closes(view) == [("ES1", 110), ("ES1", 199), ("ES2", 200), ("ES2", 201), ("ES2", 1_200)]


def test_the_volume_of_a_date_decides_about_the_next_one() -> None:
    volumes = {1: [9, 9, 3, 9], 2: [1, 8, 4, 1]}
    world = Store([daily(n, day, 100, v) for n, row in volumes.items() for day, v in enumerate(row)])
    view = continuous(world, CHAIN[:2], "1D", *EVER)
    assert [name for name, _ in closes(view)] == ["ES1", "ES1", "ES1", "ES2"]


def test_open_interest_decides_a_date_later_than_volume_would() -> None:
    world = store({1: [100] * 5, 2: [101] * 5})
    interest = {(FIRST + day, n): value for n, row in {1: [9.0, 5.0, 4.0], 2: [1.0, 6.0, 7.0]}.items()
                for day, value in enumerate(row)}  # fmt: skip
    view = continuous(world, CHAIN[:2], "1D", *EVER, rule=RollRule("interest"), interest=interest)
    assert [name for name, _ in closes(view)] == ["ES1", "ES1", "ES1", "ES2", "ES2"]
    with pytest.raises(BadRequest, match="no open interest was given"):
        continuous(world, CHAIN[:2], "1D", *EVER, rule=RollRule("interest"))


def test_bars_without_volume_roll_by_days_only() -> None:
    world = Store([daily(n, 0, 100, None) for n in (1, 2)])
    with pytest.raises(BadRequest, match="roll by days"):
        continuous(world, CHAIN[:2], "1D", *EVER)
    assert len(closes(continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2))) == 1


@pytest.mark.parametrize("size", ["1W", "1M"])
def test_bars_that_may_have_two_contracts_are_refused(size: str) -> None:
    with pytest.raises(BadRequest, match="may have two contracts"):
        continuous(Store([]), CHAIN, size, *EVER)


def test_nothing_stored_is_told() -> None:
    with pytest.raises(NoData, match="backfill some"):
        continuous(Store([]), CHAIN, "1D", *EVER)


def test_a_view_of_a_store_leaves_its_bars_as_they_were(tmp_path: Path) -> None:
    world = store({1: [100] * 4, 2: [110] * 6})
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars(world.stored)
        before = {path: path.read_bytes() for path in db.folder.rglob("*.parquet")}
        view = continuous(db, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="ratio")
        assert view.bars.equals(continuous(world, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="ratio").bars)
        assert {path: path.read_bytes() for path in db.folder.rglob("*.parquet")} == before


def test_a_view_of_what_was_known_rolls_and_adjusts_by_that(tmp_path: Path) -> None:
    world = store({1: [100] * 4, 2: [110] * 6})
    known = max(each.received for each in world.stored)
    later = msgspec.structs.replace(daily(2, 1, 500), received=known + DAY)
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars(world.stored)
        db.upsert_bars([later])
        then, now = (
            continuous(each, CHAIN[:2], "1D", *EVER, rule=DAYS_2, adjust="difference")
            for each in (db.as_known_at(known), db)
        )
    assert closes(then)[0] == ("ES1", 110)
    assert closes(now)[0] == ("ES1", 500)

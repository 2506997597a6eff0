import pytest

from market.bar_size import BarSize
from market.clock import DrivenClock
from market.events import Hours
from market.times import DAY, MINUTE, parse
from simulator.model import MarketModel
from simulator.model.troubled import Halt, Revision, Split, TroubledModel
from tests.simulator.model.known import AAPL, ES

FRIDAY = parse("2026-01-09")
UNTIL = parse("2026-01-09T15:05:11.5")
HALTED = Halt(parse("2026-01-09T14:45:07"), UNTIL)
LATER = parse("2026-01-10T06:00")


REGULAR: Hours = "rth"


def troubled(market: MarketModel, now: str = "2026-01-10T06:00") -> TroubledModel:
    return TroubledModel(market, DrivenClock(parse(now)))


@pytest.mark.parametrize(
    ("contract_id", "hours", "size"),
    [(AAPL, "all", "1m"), (AAPL, "rth", "1h"), (AAPL, "all", "8h"), (AAPL, "rth", "1D"), (ES, "rth", "1h")],
)
def test_bars_lack_exactly_what_a_halt_kept_from_trading(
    market: MarketModel, size: str, contract_id: int, hours: Hours
) -> None:
    model = troubled(market)
    span = (contract_id, BarSize.parse(size), "TRADES", hours, FRIDAY, FRIDAY + DAY)
    before = model.bars(*span, now=LATER)
    model.troubles(contract_id).halts.append(HALTED)
    after = model.bars(*span, now=LATER)
    lost = market.trades(contract_id, HALTED.start, UNTIL)
    assert sum(bar.count for bar in before) - sum(bar.count for bar in after) == len(lost) > 0
    volumes = sum(bar.volume for bar in before) - sum(bar.volume for bar in after)
    assert volumes == sum(trade.size for trade in lost)


def test_a_week_has_the_halt_of_its_friday(market: MarketModel) -> None:
    model = troubled(market)
    span = (AAPL, BarSize.parse("1W"), "TRADES", REGULAR, FRIDAY, FRIDAY + 1)
    (before,) = model.bars(*span, now=LATER)
    model.troubles(AAPL).halts.append(HALTED)
    (after,) = model.bars(*span, now=LATER)
    lost = len(market.trades(AAPL, HALTED.start, UNTIL))
    assert before.count - after.count == lost > 0


def test_what_lies_beyond_now_is_not_halted_yet(market: MarketModel) -> None:
    model = troubled(market, "2026-01-09T15:00")
    model.troubles(AAPL).halts.append(Halt(parse("2026-01-09T14:55")))
    assert model.trades(AAPL, parse("2026-01-09T14:55"), parse("2026-01-09T15:00")) == []
    later = parse("2026-01-09T15:00") + 1, parse("2026-01-09T15:01")
    assert model.trades(AAPL, *later) == list(market.trades(AAPL, *later))


def test_a_contract_without_trouble_is_answered_by_the_model_itself(market: MarketModel) -> None:
    model = troubled(market)
    model.troubles(ES).halts.append(HALTED)
    span = FRIDAY + 15 * 60 * MINUTE, FRIDAY + 15 * 60 * MINUTE + MINUTE
    assert model.quotes(AAPL, *span) == market.quotes(AAPL, *span)
    assert model.trades(AAPL, *span) == market.trades(AAPL, *span)


def test_a_split_is_known_to_who_asks_after_it_only(market: MarketModel) -> None:
    model = troubled(market)
    model.troubles(AAPL).splits.append(Split(parse("2026-01-09T16:00"), 4.0))
    minute = (AAPL, BarSize.parse("1m"), "TRADES", REGULAR, FRIDAY + 15 * 60 * MINUTE, FRIDAY + 901 * MINUTE)
    (before,) = model.bars(*minute, now=parse("2026-01-09T15:59"))
    (after,) = model.bars(*minute, now=parse("2026-01-09T16:00"))
    assert after.close == pytest.approx(before.close / 4)
    assert (after.volume, after.count) == (before.volume * 4, before.count)


def test_a_revised_bar_stays_a_bar(market: MarketModel) -> None:
    model = troubled(market)
    model.troubles(AAPL).revisions.append(Revision(parse("2026-01-09T15:00"), volume=1.5, move=-3.0))
    start, end = parse("2026-01-09T14:59"), parse("2026-01-09T15:01")
    span = (AAPL, BarSize.parse("1m"), "TRADES", REGULAR, start, end)
    first, second = model.bars(*span, now=end)
    old, same = market.bars(*span, now=end)
    assert second == same
    assert first.low == first.close == pytest.approx(old.close - 3)
    assert first.volume == round(old.volume * 1.5)

"""The market is followed where orders work, and nowhere else."""

from collections.abc import Sequence
from decimal import Decimal

from market.clock import DrivenClock
from market.times import SECOND
from simulator.exchange.agenda import Agenda
from simulator.exchange.feed import expected_price, last_trade, standing_quote
from simulator.model.api import QuoteTick
from tests.simulator.exchange.bench import Bench
from tests.simulator.scripted_model import AAPL, NOON, ScriptedModel

NUMBER = AAPL.instrument.contract_id
HOUR = 3_600 * SECOND


class Counting(ScriptedModel):
    """Notes for which times quotes are asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        self.asked.append((end - NOON) // SECOND)
        return super().quotes(contract_id, start, end)


def counting() -> tuple[Counting, Bench]:
    model = Counting()
    model.quote(-60, 100.00, 100.02)
    return model, Bench(model)


def test_without_orders_nothing_is_asked() -> None:
    model, bench = counting()
    bench.until(600)
    assert model.asked == []


def test_nothing_is_asked_after_the_last_order() -> None:
    model, bench = counting()
    bench.place()
    bench.until(1)
    before = list(model.asked)
    bench.until(6000)
    assert bench.exchange.completed_orders
    assert model.asked == before


def test_nothing_is_asked_while_the_market_is_shut() -> None:
    model, bench = counting()
    bench.place(kind="LMT", limit="99", tif="GTC")
    bench.until(21600)
    before = len(model.asked)
    bench.until(230399)
    assert len(model.asked) == before
    bench.until(230401)
    assert len(model.asked) > before


def test_the_quote_in_force_is_the_last_of_the_session() -> None:
    model = ScriptedModel().quote(-7200, 99, 99.02).quote(1, 101, 101.02)
    standing = standing_quote(model, NUMBER, NOON + SECOND)
    assert standing is not None
    assert standing.bid == 99
    assert standing_quote(model, NUMBER, NOON + 7 * HOUR) is None


def test_the_last_price_may_be_yesterdays() -> None:
    model = ScriptedModel().trade(-86400, 98).trade(-80000, 97, last=False)
    found = last_trade(model, NUMBER, NOON)
    assert found is not None
    assert found.price == 98


def test_an_order_is_expected_to_trade_at_the_touch_or_else_at_the_last_price() -> None:
    model = ScriptedModel().quote(-60, 100.00, 100.02).trade(-30, 100.01)
    assert expected_price(model, AAPL, "BUY", NOON) == Decimal("100.02")
    assert expected_price(model, AAPL, "SELL", NOON) == Decimal(100)
    assert expected_price(model, AAPL, "SELL", NOON + 7 * HOUR) == Decimal("100.01")
    assert expected_price(ScriptedModel(), AAPL, "BUY", NOON) is None


def test_the_agenda_keeps_the_order_of_entry_within_an_instant() -> None:
    clock, seen = DrivenClock(0), list[str]()
    agenda = Agenda(clock)
    agenda.at(5, lambda: seen.append("second"))
    agenda.at(3, lambda: agenda.at(5, lambda: seen.append("last")))
    agenda.at(5, lambda: seen.append("third"))
    agenda.after(1, lambda: seen.append("first"))
    clock.advance(10)
    assert seen == ["first", "second", "third", "last"]


def test_the_agenda_forgives_a_timer_that_comes_early() -> None:
    class Early(DrivenClock):
        def now(self) -> int:
            return super().now() - 1

    clock, seen = Early(0), list[str]()
    Agenda(clock).at(5, lambda: seen.append("done"))
    clock.advance_to(6)
    assert seen == ["done"]

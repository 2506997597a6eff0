from typing import Any

import pytest
from msgspec.structs import replace

from ib_api.belonging import belongs, kinds_of
from market.bar_size import BarSize
from market.events import (
    AccountValue,
    Bar,
    Depth,
    Event,
    Midpoint,
    PositionUpdate,
    ProfitUpdate,
    Quote,
    StreamState,
    TickType,
    Trade,
)
from market.instrument import Instrument
from market.wanted import (
    Wanted,
    WantedAccount,
    WantedBars,
    WantedDepth,
    WantedOrders,
    WantedProfit,
    WantedTicks,
)

AAPL = Instrument(contract_id=1, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")
LAST = WantedTicks(instrument=AAPL)
BARS = WantedBars(instrument=AAPL, size=BarSize.parse("1m"))


class Running:
    """A subscription to anything, with what one to ticks has more."""

    state: StreamState = "live"
    note = ""
    error: Exception | None = None

    def __init__(self, wanted: Wanted, tick_type: TickType = "Last", source: str = "tbt") -> None:
        self.wanted, self.tick_type, self.source = wanted, tick_type, source

    def cancel(self) -> None:
        raise AssertionError("nothing is cancelled here")


def trade(**more: Any) -> Trade:
    return replace(Trade(1, "SMART", 0, 0, 1.0, 1.0), **more)


def bar(**more: Any) -> Bar:
    values = (1.0, 1.0, 1.0, 1.0, None, None, None, False)
    return replace(Bar(1, "SMART", 0, 0, "1m", *values, source="live"), **more)


@pytest.mark.parametrize(
    ("tick", "own"),
    [
        (trade(), True),
        (trade(contract_id=2), False),
        (trade(exchange="ARCA"), False),
        (trade(source="l1"), False),
        (trade(source="history"), False),
        (trade(tick_type="AllLast"), False),
        (Midpoint(1, "SMART", 0, 0, 1.0), False),
    ],
)
def test_prints_belong_by_contract_exchange_kind_and_source(tick: Event, own: bool) -> None:
    assert belongs(tick, Running(LAST)) is own


def test_what_is_delivered_in_place_of_what_was_wanted_belongs() -> None:
    wanted = WantedTicks(instrument=AAPL, tick_type="MidPoint")
    quote = Quote(1, "SMART", 0, 0, 1.0, 2.0, 3.0, 4.0, source="l1")
    assert belongs(quote, Running(wanted, "BidAsk", "l1"))


def test_the_last_ticks_of_a_broken_stream_belong() -> None:
    assert belongs(trade(), Running(LAST, source=""))


@pytest.mark.parametrize(
    ("more", "own"),
    [({}, True), ({"size": "5s"}, False), ({"hours": "rth"}, False), ({"source": "ticks"}, False)],
)
def test_bars_belong_by_size_hours_and_who_made_them(more: dict[str, Any], own: bool) -> None:
    assert belongs(bar(**more), Running(BARS)) is own


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (Depth(1, "SMART", 0, 0, 0, "clear", "bid", 0.0, 0.0), WantedDepth(instrument=AAPL)),
        (AccountValue("DU1", "Cash", "1", "USD", 0), WantedAccount(account="DU1")),
        (ProfitUpdate("DU1", 0, 1.0, 1.0, 1.0, 0), WantedProfit(account="DU1")),
    ],
)
def test_each_declaration_has_its_events(event: Event, wanted: Wanted) -> None:
    assert type(event) in kinds_of(wanted)
    assert belongs(event, Running(wanted))


def test_another_accounts_events_do_not_belong() -> None:
    assert not belongs(AccountValue("DU2", "Cash", "1", "USD", 0), Running(WantedAccount(account="DU1")))
    assert not belongs(ProfitUpdate("DU1", 7, 1.0, 1.0, 1.0, 0), Running(WantedProfit(account="DU1")))


def test_orders_are_not_of_one_contract_and_positions_are_of_the_account() -> None:
    assert PositionUpdate not in kinds_of(WantedOrders())
    assert PositionUpdate in kinds_of(WantedAccount(account="DU1"))

"""No message carries a fraction of a size, or a volume, to a client that cannot read it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.times import parse
from simulator.model import generated
from simulator.model.api import BarData, MarketModel, QuoteTick, TradeTick
from simulator.wire import market_messages as wire
from simulator.wire import reference_messages
from simulator.wire.market_messages import TickId
from tests.simulator.gateway.raw_client import Fields, RawClient, split
from tests.simulator.wire import whole_ticks
from tests.simulator.wire.oracle import decode

amounts = st.floats(0, 1e9, allow_nan=False).map(lambda value: round(value, 8))
Encoder = Callable[[int, float], list[bytes]]


def _bar(amount: float) -> BarData:
    return BarData(0, 1.0, 4.0, 0.5, 2.0, amount, 1.75, 12)


def _quote(amount: float) -> QuoteTick:
    return QuoteTick(0, 1.5, 2.5, amount, amount)


def _trade(amount: float) -> TradeTick:
    return TradeTick(0, 1.5, amount)


# Each with the places of its sizes among the fields at 162 and below; the message id stands at 0.
ENCODERS: dict[str, tuple[Encoder, tuple[int, ...]]] = {
    "tickPrice": (lambda v, a: [wire.tick_price(v, 5, TickId.BID, 1.5, a)], (5,)),
    "tickSize": (lambda v, a: [wire.tick_size(v, 5, TickId.VOLUME, a)], (4,)),
    "last": (lambda v, a: [whole_ticks.tick_by_tick_last(v, 5, 1, 0, _trade(a))], (5,)),
    "quote": (lambda v, a: [whole_ticks.tick_by_tick_quote(v, 5, 0, _quote(a))], (6, 7)),
    "bar": (lambda v, a: [wire.real_time_bar(v, 5, 0, _bar(a))], (8,)),
    "bars": (lambda v, a: wire.historical_data(v, 5, ("", ""), [("20260109", _bar(a))]), (10,)),
    "update": (lambda v, a: [wire.historical_data_update(v, 5, "20260109", _bar(a))], (9,)),
    "trades": (lambda v, a: [wire.historical_trades(v, 5, [(0, _trade(a))])], (6,)),
    "quotes": (lambda v, a: [wire.historical_quotes(v, 5, [(0, _quote(a))])], (7, 8)),
    "histogram": (lambda v, a: [reference_messages.histogram(v, 5, [(1.5, a)])], (4,)),
}


@pytest.mark.parametrize("name", sorted(ENCODERS))
@given(version=st.integers(151, 162), amount=amounts)
def test_below_163_every_size_is_a_whole_number(name: str, version: int, amount: float) -> None:
    encode, places = ENCODERS[name]
    frames = encode(version, amount)
    (fields,) = split(frames)
    assert [fields[place] for place in places] == [str(int(amount))] * len(places)
    assert decode(version, *frames)


@pytest.mark.parametrize("name", sorted(ENCODERS))
@given(version=st.integers(163, 200), amount=amounts)
def test_from_163_on_every_size_is_exact(name: str, version: int, amount: float) -> None:
    encode, places = ENCODERS[name]
    frames = encode(version, amount)
    fields: Fields = split(frames)[0]
    shift = 2 if name == "bars" and version >= 196 else 0
    assert [float(fields[place - shift]) for place in places] == [amount] * len(places)
    assert decode(version, *frames)


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=False)


@pytest.mark.parametrize(("version", "refused"), [(151, True), (157, True), (162, True), (163, False)])
@pytest.mark.parametrize(
    "contract", [("EUR", "CASH", "IDEALPRO"), ("USD", "CASH", "IDEALPRO"), ("BTC", "CRYPTO", "PAXOS")]
)
def test_forex_and_crypto_need_163(
    market: MarketModel, version: int, refused: bool, contract: tuple[str, str, str]
) -> None:
    symbol, kind, venue = contract
    described = ("", symbol, kind, "", "", "", "", venue, "", "", "", "")
    client = RawClient(version, model=market, clock=DrivenClock(parse("2026-11-20T17:00")))
    for ask in (
        (1, 11, 5, *described, 0, "", 0, 0, ""),
        (97, 6, *described, "MidPoint", 0, 0),
        (50, 3, 7, *described, 5, "MIDPOINT", 0, ""),
        (20, 8, *described, 0, "", "1 min", "600 S", 0, "MIDPOINT", 2, 0, ""),
        (96, 9, *described, 0, "", "20261120-16:00:00", 10, "MIDPOINT", 0, 0, ""),
        (87, 10, *described, 0, 0, "MIDPOINT", 1),
    ):
        errors = [fields for fields in client.ask(*ask) if fields[0] == "4"]
        assert any("10285" in fields for fields in errors) == refused

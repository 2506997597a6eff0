"""Rules over random streams of orders on the generated market."""

from contextlib import suppress
from decimal import Decimal
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.times import SECOND, parse
from simulator.exchange import ZERO, Commission, Exchange, Fill, Order
from simulator.model import MarketModel, generated
from simulator.model.api import Listing
from simulator.refused import Refused
from tests.simulator.exchange.bench import FlatAccount, ticket

START = parse("2026-01-05T15:00")
TICKERS = ("AAPL", "EUR.USD")
AFTER: dict[str, set[str]] = {
    "": {"PreSubmitted", "PendingCancel", "Cancelled", "Inactive"},
    "PreSubmitted": {"PreSubmitted", "Submitted", "PendingCancel", "Cancelled", "Filled", "Inactive"},
    "Submitted": {"Submitted", "PendingCancel", "Cancelled", "Filled"},
    "PendingCancel": {"PendingCancel", "Cancelled", "Filled"},
    "Inactive": {"Inactive"},
}

KINDS = ("MKT", "LMT", "LMT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MOC", "LOC", "MIT", "LIT")


class Book:
    """Implements `Listener`: keeps everything it is told."""

    def __init__(self) -> None:
        self.statuses: dict[int, list[str]] = {}
        self.fills: list[Fill] = []
        self.told: list[object] = []

    def order_changed(self, order: Order) -> None:
        self.statuses.setdefault(order.ticket.order_id, [""]).append(order.status)
        self.told.append(order)

    def filled(self, fill: Fill, commission: Commission) -> None:
        self.statuses.setdefault(fill.order.ticket.order_id, [""]).append(fill.order.status)
        self.fills.append(fill)
        self.told.append(fill)

    def order_refused(self, order: Order, code: int, text: str) -> None:
        self.told.append((order, code, text))


@cache
def market() -> MarketModel:
    return generated(7, "consistent", always_open=False)


@cache
def run(seed: int) -> tuple[Exchange, Book]:
    """Place, change and cancel at random; what is refused is not the matter here."""
    model, chance, clock, book = market(), Random(seed), DrivenClock(START), Book()
    exchange = Exchange(model, clock, FlatAccount())
    exchange.listen(book)
    listings = [each for each in model.listings if each.instrument.ticker in TICKERS]
    for order_id in range(1, 61):
        clock.advance(chance.randrange(3 * SECOND))
        with suppress(Refused):
            exchange.place(ticket(order_id, **drawn(chance, model, chance.choice(listings), order_id)))
        with suppress(Refused):
            meddle(chance, exchange, order_id)
    clock.advance(30 * SECOND)
    return exchange, book


def meddle(chance: Random, exchange: Exchange, order_id: int) -> None:
    """Cancel or change an order, now and then."""
    known = exchange.order(1, chance.randint(1, order_id))
    what = chance.choice(["cancel", "change", "", "", ""])
    if known is not None and what == "cancel":
        exchange.cancel(*known.key)
    elif known is not None and what == "change":
        quantity = known.ticket.quantity + chance.randint(-5, 5)
        exchange.place(msgspec.structs.replace(known.ticket, quantity=quantity, transmit=True))


def drawn(chance: Random, model: MarketModel, listing: Listing, order_id: int) -> dict[str, Any]:
    """A ticket whose prices lie some steps from the first quote of the stream."""
    quote = model.quotes(listing.instrument.contract_id, START, START + 60 * SECOND)[0]
    step = Decimal(repr(listing.instrument.min_tick))
    middle = Decimal(repr(quote.bid)) // step * step
    kind = chance.choice(KINDS)
    fields: dict[str, Any] = {
        "listing": listing,
        "action": chance.choice(["BUY", "SELL"]),
        "quantity": chance.randint(1, 900),
        "kind": kind,
        "tif": chance.choice(["DAY", "GTC", "IOC", "FOK"]) if kind in ("MKT", "LMT") else "DAY",
        "limit": middle + chance.randint(-9, 9) * step,
        "stop": middle + chance.randint(-9, 9) * step,
        "oca_group": chance.choice(["", "", f"group {order_id // 6}"]),
        "oca_type": 1 + order_id // 6 % 3,
        "transmit": chance.random() < 0.8,
    }
    if kind.startswith("TRAIL"):
        fields |= {"stop": 3 * step, "limit_offset": step, "limit": None}
    return fields | {"parent_id": chance.choice([0, 0, 0, max(0, order_id - chance.randint(1, 3))])}


# The same streams for all rules: each is run once and then looked at by every rule.
STREAMS = settings().max_examples // 2
rule = settings(max_examples=STREAMS, derandomize=True)
seeds = st.integers(1, STREAMS)


@rule
@given(seed=seeds)
def test_fills_add_up_and_never_exceed_the_order(seed: int) -> None:
    exchange, book = run(seed)
    for order in (*exchange.open_orders, *exchange.completed_orders):
        mine = [fill for fill in book.fills if fill.order.key == order.key]
        filled = sum((fill.quantity for fill in mine), ZERO)
        assert all(fill.quantity > ZERO for fill in mine)
        assert filled == order.filled <= order.ticket.quantity
        assert (order.status == "Filled") is (order.remaining == ZERO)
        if filled:
            assert order.average_price == sum(fill.price * fill.quantity for fill in mine) / filled


@rule
@given(seed=seeds)
def test_no_fill_is_worse_than_the_limit(seed: int) -> None:
    _, book = run(seed)
    for fill in book.fills:
        order = fill.order.ticket
        if order.kind in ("LMT", "STP LMT", "LIT", "LOC"):
            assert order.limit is not None
            assert (fill.price - order.limit) * order.sign <= 0


@rule
@given(seed=seeds)
def test_statuses_go_along_allowed_ways(seed: int) -> None:
    exchange, book = run(seed)
    for number, statuses in book.statuses.items():
        for before, after in pairwise(statuses):
            assert after in AFTER.get(before, set()), (number, statuses)
        known = exchange.order(1, number)
        assert known is not None
        assert known.status == statuses[-1]


@rule
@given(seed=seeds)
def test_one_of_a_cancelling_group_fills_at_most(seed: int) -> None:
    exchange, book = run(seed)
    every = (*exchange.open_orders, *exchange.completed_orders)
    for name in {order.ticket.oca_group for order in every if order.ticket.oca_type == 1} - {""}:
        members = [order for order in every if order.ticket.oca_group == name]
        fills = [fill for fill in book.fills if fill.order.ticket.oca_group == name]
        # What comes to a group after it has been decided is a new order.
        rivals = [order for order in members if fills and order.placed < fills[0].time]
        assert sum(order.filled > ZERO for order in rivals) <= 1


@rule
@given(seed=seeds)
def test_no_more_is_taken_than_a_quote_displays(seed: int) -> None:
    _, book = run(seed)
    taken: dict[tuple[Any, ...], Decimal] = {}
    for fill in book.fills:
        number, bought = fill.listing.instrument.contract_id, fill.order.ticket.action == "BUY"
        quote = market().quotes(number, fill.time - 60 * SECOND, fill.time + 1)[-1]
        if fill.liquidity == 2:
            assert fill.price == Decimal(repr(quote.ask if bought else quote.bid))
            key = number, bought, quote.time
            taken[key] = taken.get(key, ZERO) + fill.quantity
            assert taken[key] <= Decimal(repr(quote.ask_size if bought else quote.bid_size))


@rule
@given(seed=seeds)
def test_children_trade_no_more_than_their_parent(seed: int) -> None:
    exchange, _ = run(seed)
    every = (*exchange.open_orders, *exchange.completed_orders)
    for parent in every:
        children = [order for order in every if order.ticket.parent_id == parent.ticket.order_id]
        if parent.status != "Filled":
            assert sum((child.filled for child in children), ZERO) <= parent.filled


@settings(rule, max_examples=10)
@given(seed=seeds)
def test_the_same_stream_gives_the_same_reports(seed: int) -> None:
    assert run(seed)[1].told == run.__wrapped__(seed)[1].told

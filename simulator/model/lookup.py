"""Ticks out of a market: filtered as IB's streams are, cut to a number."""

from collections.abc import Callable, Sequence
from functools import partial

from market.times import MINUTE, SECOND
from simulator.model.api import MarketModel, QuoteTick, TradeTick

Tick = TradeTick | QuoteTick
Fetch = Callable[[int, int], Sequence[Tick]]


def midpoint(quote: QuoteTick) -> float:
    """Halfway between bid and ask.

    >>> midpoint(QuoteTick(0, 1.1, 1.2, 1.0, 1.0))
    1.15
    """
    return round((quote.bid + quote.ask) / 2, 10)


def trades(model: MarketModel, contract_id: int, *, every: bool) -> Callable[[int, int], list[TradeTick]]:
    """Fetch what Last shows, or with `every` what AllLast shows."""
    return lambda start, end: [t for t in model.trades(contract_id, start, end) if every or t.last]


def states(what: str, *, ignore_size: bool) -> Callable[[QuoteTick], object]:
    """What a quote says: for MIDPOINT its middle, with `ignore_size` its prices; never None."""
    if what == "MIDPOINT":
        return midpoint
    if ignore_size:
        return lambda quote: (quote.bid, quote.ask)
    return lambda quote: (quote.bid, quote.ask, quote.bid_size, quote.ask_size)


def changes(what: str, *, ignore_size: bool) -> Callable[[QuoteTick], bool]:
    """Whether a quote says something new after the one before."""
    state = states(what, ignore_size=ignore_size)
    before: object = None

    def is_new(quote: QuoteTick) -> bool:
        nonlocal before
        seen = state(quote)
        new, before = seen != before, seen
        return new

    return is_new


def fetcher(
    model: MarketModel,
    contract_id: int,
    what: str,
    *,
    since: int,
    every: bool = False,
    ignore_size: bool = False,
) -> Fetch:
    """Fetch the ticks of TRADES, BID_ASK or MIDPOINT of any range.

    A quote is new by what stood before it, from `since` on, wherever the range begins: ranges that meet give
    what one range over both gives.
    """
    if what == "TRADES":
        return trades(model, contract_id, every=every)
    all_quotes = quotes(model, contract_id)

    def new_quotes(start: int, end: int) -> list[QuoteTick]:
        new = changes(what, ignore_size=ignore_size)
        standing = find_last(all_quotes, since, start)
        if isinstance(standing, QuoteTick):
            new(standing)
        return [quote for quote in all_quotes(start, end) if new(quote)]

    return new_quotes


def last_ticks(fetch: Fetch, begin: int, end: int, count: int) -> Sequence[Tick]:
    """The last `count` ticks of [begin, end), and the rest of the second in which the first of them lies."""
    found: Sequence[Tick] = ()
    span = MINUTE
    while begin < end:
        start = max(begin, end - span)
        found = fetch(start, end)
        # One more than asked for proves that the second of the first tick is complete.
        if len(found) > count and found[0].time // SECOND < found[-count].time // SECOND:
            break
        if start == begin:
            break
        span *= 4
    if len(found) <= count:
        return found
    first = found[-count].time // SECOND
    return [tick for tick in found if tick.time // SECOND >= first]


def first_ticks(fetch: Fetch, start: int, end: int, count: int) -> Sequence[Tick]:
    """The first `count` ticks of [start, end), and the rest of the second in which the last of them lies."""
    found: list[Tick] = []
    span = MINUTE
    while start < end:
        # Spans end on whole seconds, so that the last second fetched is complete.
        stop = min(end, (start + span) // SECOND * SECOND)
        found += fetch(start, stop)
        if len(found) >= count:
            last = found[count - 1].time // SECOND
            return [tick for tick in found if tick.time // SECOND <= last]
        start, span = stop, span * 2
    return found


def find_last(fetch: Callable[[int, int], Sequence[Tick]], begin: int, end: int) -> Tick | None:
    """The last tick of [begin, end), if there is any."""
    found = last_ticks(fetch, begin, end, 1)
    return found[-1] if found else None


def quotes(model: MarketModel, contract_id: int) -> Callable[[int, int], Sequence[QuoteTick]]:
    """Fetch every change of the quote."""
    return partial(model.quotes, contract_id)

"""What our client asks of a gateway: every kind of request, with the arguments that it uses itself."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from ib_api._ibapi import Contract
from ib_api.ib_contract import IBContract
from ib_api.ib_orders import IBOrders
from ib_api.ib_requests import IBRequests
from ib_api.pending import Pending
from ib_api.requests_base import Stream
from ib_api.symbols import parse_symbol
from market.events import TickType
from market.instrument import Instrument
from market.times import from_datetime

SHARE, OTHER, PAIR, OTHER_PAIR = CONTRACTS = ("AAPL", "MSFT", "EURUSD", "GBPUSD")
"""Two shares and two pairs: tick-by-tick data may be asked for once per contract in 15 seconds, and there are
four kinds of it. The pairs need no subscription, so that something comes on every account."""

_DELAYED_FROZEN = 4
_ROWS = 5


class Question(NamedTuple):
    """A name, and what asks it: it answers what to wait for, a stream to end later, or nothing."""

    name: str
    # Each question has an answer of its own type, which only `details` looks at.
    ask: "Callable[[], Pending[Any] | Stream | tuple[Pending[Any], Stream] | None]"


def about_contracts(requests: IBRequests) -> Iterator[Question]:
    """Time, contracts, search."""
    yield Question("time", requests.req_current_time)
    yield Question("time in milliseconds", requests.req_current_time_in_millis)
    for symbol in CONTRACTS:
        contract = parse_symbol(symbol).contract
        yield Question(f"details of {symbol}", partial(requests.req_contract_details, contract))
    unknown = IBContract.stock("NOSUCHSYMBOL")
    yield Question("details of an unknown symbol", lambda: requests.req_contract_details(unknown))
    yield Question("symbols like AAPL", lambda: requests.req_matching_symbols(SHARE))


def streams(requests: IBRequests, found: Mapping[str, Instrument]) -> Iterator[Question]:
    """Everything that keeps coming about a contract."""
    yield Question("type of market data", lambda: requests.req_market_data_type(_DELAYED_FROZEN))
    for symbol in found:
        yield line(requests, found, symbol)
    ticks: tuple[tuple[str, TickType], ...] = (
        (SHARE, "Last"),
        (OTHER, "AllLast"),
        (PAIR, "BidAsk"),
        (OTHER_PAIR, "MidPoint"),
    )
    for symbol, kind in ticks:
        if symbol in found:
            yield Question(
                f"tick-by-tick {kind} of {symbol}",
                partial(requests.req_tick_by_tick, _contract(found, symbol), kind),
            )
    for symbol, what in ((SHARE, "TRADES"), (PAIR, "MIDPOINT")):
        if symbol in found:
            yield from _bars_and_book(requests, symbol, _contract(found, symbol), what)


def line(requests: IBRequests, found: Mapping[str, Instrument], symbol: str, again: str = "") -> Question:
    """The market-data line."""
    return Question(f"line of {symbol}{again}", lambda: requests.req_market_data(_contract(found, symbol)))


def account(
    requests: IBRequests, orders: IBOrders, name: str, found: Mapping[str, Instrument]
) -> Iterator[Question]:
    """Account, positions, profit; orders and fills are only read."""
    yield Question("account window", partial(requests.req_account_window, name))
    yield Question("account summary", requests.req_account_summary)
    yield Question("positions", requests.req_positions)
    yield Question("profit", partial(requests.req_profit, name))
    if SHARE in found:
        contract_id = found[SHARE].contract_id
        yield Question(f"profit of {SHARE}", partial(requests.req_profit, name, contract_id))
    yield Question("open orders", orders.req_open_orders)
    yield Question("open orders of all", orders.req_all_open_orders)
    yield Question("completed orders", orders.req_completed_orders)
    yield Question("executions", orders.req_executions)


def history(requests: IBRequests, found: Mapping[str, Instrument], now: datetime) -> Iterator[Question]:
    """Bars of several sizes, first bar, past ticks of a weekday that has gone."""
    day = now.replace(hour=15, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    end = from_datetime(day)
    for symbol, what in ((SHARE, "TRADES"), (PAIR, "MIDPOINT")):
        if symbol not in found:
            continue
        it = _contract(found, symbol)
        for size, duration in (("5s", "1800 S"), ("1m", "1 D"), ("1h", "1 W"), ("1d", "1 M")):
            yield Question(
                f"{size} bars of {symbol}",
                partial(requests.request_historical_data, it, duration, size, end=end, what=what),
            )
        yield Question(f"first bar of {symbol}", partial(requests.req_head_timestamp, it, what))
    past: tuple[tuple[str, TickType], ...] = ((SHARE, "Last"), (SHARE, "BidAsk"), (PAIR, "MidPoint"))
    for symbol, kind in past:
        if symbol in found:
            yield Question(
                f"past {kind} ticks of {symbol}",
                partial(requests.req_historical_ticks, _contract(found, symbol), kind, end, 100),
            )


def _bars_and_book(requests: IBRequests, symbol: str, it: Contract, what: str) -> Iterator[Question]:
    yield Question(f"5-second bars of {symbol}", lambda: requests.req_real_time_bars(it, what))
    yield Question(
        f"bars of {symbol} kept up to date",
        lambda: requests.req_bars_kept_up_to_date(it, "1800 S", "1m", what),
    )
    yield Question(f"book of {symbol}", lambda: requests.req_market_depth(it, _ROWS, it.exchange == "SMART"))


def _contract(found: Mapping[str, Instrument], symbol: str) -> Contract:
    return IBContract.of(found[symbol])

"""Which of IB's limits a client's requests exceeded, from the record of what it sent.

Written from IB's published rules (messages per second; historical data limitations; tick-by-tick data;
lines, depth), not from the client's own pacing. Only the client's own requests count: what is refused
because another program has used the budget is not its fault.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from market.bar_size import BarSize
from market.times import SECOND

Row = Mapping[str, Any]

MARKET_DATA, DEPTH, HISTORY, REAL_TIME_BARS, TICK_BY_TICK, HISTORICAL_TICKS = 1, 10, 20, 50, 97, 96
START_API = 71
MESSAGES_PER_SECOND = 50
SMALL_BARS_IN_TEN_MINUTES, ALIKE_IN_TWO_SECONDS = 60, 5
HOLDING = {"line": 100, "ticks": 5, "depth": 3, "history": 50}
"""Of each kind of subscription a login of 100 lines."""


def is_of(row: Row, client_id: int) -> bool:
    """Whether a client sent it. What begins a connection names its client, who has no number until then."""
    sender: int = row["request_id"] if row["message"] == START_API else row["client_id"]
    return sender == client_id


def exceeded(requests: Sequence[Row], subscriptions: Sequence[Row]) -> Counter[str]:
    """How often each limit was exceeded; all rows are one client's, in order of time."""
    small = [each for each in requests if _is_small(each)]
    ticks = [each for each in requests if each["message"] in (TICK_BY_TICK, START_API)]
    found = Counter(
        {
            "messages in a second": _too_many(requests, SECOND, MESSAGES_PER_SECOND),
            "small bars in ten minutes": _too_many(small, 600 * SECOND, SMALL_BARS_IN_TEN_MINUTES),
            "alike in two seconds": sum(
                _too_many(each, 2 * SECOND, ALIKE_IN_TWO_SECONDS) for each in _by_market(small)
            ),
            "identical within 15 seconds": _repeated(
                small, ("terms",), ignored=(REAL_TIME_BARS, HISTORICAL_TICKS)
            ),
            "tick-by-tick within 15 seconds": sum(
                _repeated(each, ("contract_id", "exchange")) for each in _by_connection(ticks)
            ),
            **{f"held: {kind}": _held(subscriptions, kind, most) for kind, most in HOLDING.items()},
        }
    )
    return +found


def refused(requests: Iterable[Row]) -> Counter[str]:
    """The refusals, by code and text."""
    return Counter(f"{row['code']} {row['text'][:70]}" for row in requests if row["code"])


def _is_small(row: Row) -> bool:
    """Bars of 30 seconds and less, kept or not, and 5-second bars."""
    if row["message"] == REAL_TIME_BARS:
        return True
    return row["message"] == HISTORY and BarSize.parse(row["size"]).seconds <= 30


def _weight(row: Row) -> int:
    return 2 if row["message"] == HISTORY and row["what"] == "BID_ASK" else 1


def _too_many(rows: Sequence[Row], length: int, most: int) -> int:
    """How many came when the window before them was full."""
    window: deque[int] = deque()
    excess = 0
    for row in rows:
        while window and window[0] <= row["time"] - length:
            window.popleft()
        window.extend([row["time"]] * _weight(row))
        excess += len(window) > most
    return excess


def _by_market(rows: Iterable[Row]) -> Iterable[list[Row]]:
    found = defaultdict[object, list[Row]](list)
    for row in rows:
        found[row["contract_id"], row["exchange"], row["what"]].append(row)
    return found.values()


def _by_connection(rows: Iterable[Row]) -> Iterable[list[Row]]:
    """The rows of each connection. IB does not say that it remembers across them, and a client that may not
    ask at once after a cut could not be there within a second."""
    found: list[list[Row]] = [[]]
    for row in rows:
        if row["message"] == START_API:
            found.append([])
        else:
            found[-1].append(row)
    return found


def _repeated(rows: Iterable[Row], keys: Sequence[str], ignored: Sequence[int] = ()) -> int:
    last: dict[object, int] = {}
    count = 0
    for row in rows:
        if row["message"] in ignored:
            continue
        key = tuple(row[name] for name in keys)
        count += key in last and row["time"] - last[key] < 15 * SECOND
        last[key] = row["time"]
    return count


def _held(subscriptions: Sequence[Row], kind: str, most: int) -> int:
    """How many began when as many as there may be were running."""
    moments = [(each["begin"], 1) for each in subscriptions if each["kind"] == kind]
    moments += [(each["end"], -1) for each in subscriptions if each["kind"] == kind]
    running = excess = 0
    for _, step in sorted(moments):
        running += step
        excess += step > 0 and running > most
    return excess

"""How much may be held at once: lines, tick-by-tick streams, books, open history, clients.

The limits belong to the login, so that all clients of a gateway share them.
"""

from simulator.gateway.options import GatewayOptions
from simulator.refused import Refused

HISTORY_OPEN = 50
"""IB's page on historical data limitations."""

SUMMARIES = 2
"""IB's page on the account summary."""

MOST_CLIENTS = 32
"""IB's page on connections."""


class Quotas:
    """Count what is held of each limited kind; under `lenient` nothing is limited."""

    def __init__(self, options: GatewayOptions) -> None:
        limits = {
            "line": options.lines,
            "ticks": options.most_tick_by_tick,
            "depth": options.most_books,
            "history": HISTORY_OPEN,
            "summary": SUMMARIES,
        }
        self._limits = {} if options.lenient else limits
        self._held: dict[str, int] = dict.fromkeys(self._limits, 0)

    def take(self, kind: str) -> None:
        """Hold one more of `kind`; refuse when all are held. Kinds without a limit are free."""
        if kind not in self._limits:
            return
        if self._held[kind] >= self._limits[kind]:
            raise _full(kind, self._limits[kind])
        self._held[kind] += 1

    def give_back(self, kind: str) -> None:
        """Hold one less of `kind`."""
        if kind in self._limits:
            self._held[kind] -= 1


def _full(kind: str, limit: int) -> Refused:
    history = "Historical Market Data Service error message:Too many open historical data requests"
    summary = "Error processing request.-'bN' : cause - Maximum number of account summary requests exceeded"
    refusals = {
        "line": (101, "Max number of tickers has been reached"),
        "ticks": (10190, "Max number of tick-by-tick requests has been reached."),
        "depth": (309, f"Max number ({limit}) of market depth requests has been reached"),
        "history": (162, history),
        "summary": (322, summary),
    }
    return Refused(*refusals[kind])

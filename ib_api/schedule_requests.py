"""When a contract traded, as IB's history tells it."""

from ib_api._ibapi import Contract
from ib_api.asks import history_ask
from ib_api.errors import NotSupported
from ib_api.ib_contract import describe
from ib_api.pending import Pending
from ib_api.requests_base import Requests
from ib_api.scheduling import Ask
from market.bar_size import BarSize
from market.events import Hours
from market.session import Session
from market.times import to_ib

SCHEDULE, DAYS = "SCHEDULE", BarSize.parse("1D")
_FROM_VERSION = 165
_UTC_SECONDS = 2


def schedule_ask(contract: Contract, days: int, end: int | None, hours: Hours) -> Ask:
    """A schedule counts as history of days."""
    return history_ask(contract, DAYS, SCHEDULE, f"{end} {days} {hours}")


class ScheduleRequests(Requests):
    """The part of `IBRequests` about sessions of the past."""

    def req_historical_schedule(
        self, contract: Contract, days: int, *, end: int | None = None, hours: Hours = "all"
    ) -> Pending[list[Session]]:
        """The sessions of so many days up to `end` (UTC nanoseconds; default: now), oldest first.

        IB takes 365 days at most. Raise `NotSupported` where TWS or the library is too old for it.
        """
        version = self.connector.serverVersion() or 0
        if version < _FROM_VERSION:
            raise NotSupported(f"server version {version} tells no schedules; {_FROM_VERSION} is needed")
        when, duration, connector = "" if end is None else to_ib(end), f"{days} D", self.connector
        return self._ask(
            f"schedule of {describe(contract)}",
            lambda request_id: connector.reqHistoricalData(
                request_id,
                contract,
                when,
                duration,
                DAYS.ib,
                SCHEDULE,
                int(hours == "rth"),
                _UTC_SECONDS,
                False,
                [],
            ),
            connector.cancelHistoricalData,
            ask=schedule_ask(contract, days, end, hours),
        )

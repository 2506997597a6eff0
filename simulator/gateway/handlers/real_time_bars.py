"""Bars of 5 seconds, sent when each ends."""

from functools import partial
from typing import TYPE_CHECKING

from market.bar_size import BarSize
from market.events import Hours
from market.times import SECOND
from simulator.gateway import refusals
from simulator.gateway.dates import seconds
from simulator.gateway.flows import Flow
from simulator.gateway.handlers.permissions import listing_for, need_live_bars
from simulator.gateway.handlers.route import Route, Routes
from simulator.refused import Refused
from simulator.stream import Beat, beats
from simulator.wire import market_messages, market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_requests import RealTimeBarsRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_KIND = "bars"
_SIZE = BarSize.parse("5s")
LENGTH = 5 * SECOND


class BarFlow(Flow):
    """A bar for every five seconds in which something happened, from the one now running on."""

    def __init__(self, session: "Session", request: RealTimeBarsRequest, contract_id: int) -> None:
        super().__init__(session, request.request_id, contract_id)
        self._what = request.what
        self._hours: Hours = "rth" if request.regular_hours else "all"
        self.stream(beats(LENGTH), self._end, start=(session.now // LENGTH + 1) * LENGTH)

    def bust(self) -> None:
        text = (
            "Bust event occurred, current subscription is deactivated. "
            "Please resubscribe real-time bars immediately."
        )
        self.session.error(self.request_id, 10225, text)
        self.session.stop(_KIND, self.request_id)

    def _end(self, beat: Beat) -> None:
        """A bar has ended: it is sent at once, unless the bars of its contract come late."""
        services, start = self.session.services, beat.time - LENGTH
        late = services.model.lag(self.contract_id)
        if late:
            self.hold(services.clock.call_at(self.session.now + late, partial(self._send, start)))
        else:
            self._send(start)

    def _send(self, start: int) -> None:
        session, end = self.session, start + LENGTH
        bars = session.services.model.bars(
            self.contract_id, _SIZE, self._what, self._hours, start, end, now=session.now
        )
        for bar in bars:
            moment = seconds(bar.start)
            session.send(market_messages.real_time_bar(session.version, self.request_id, moment, bar))


def _subscribe(session: "Session", request: RealTimeBarsRequest) -> None:
    if request.what not in ("TRADES", "MIDPOINT", "BID", "ASK"):
        raise refusals.invalid("What to show field is missing or incorrect.")
    listing = listing_for(session, request.query)
    need_live_bars(listing)
    if request.what not in listing.what:
        raise Refused(420, f"Invalid Real-time Query:No {request.what} data for this contract")
    contract_id = listing.instrument.contract_id
    services, market = session.services, (contract_id, request.query.exchange, request.what, _KIND)
    if not services.options.lenient and not services.pacing.admits(session.now, market):
        raise Refused(420, "Invalid Real-time Query:Historical data request pacing violation")
    session.run(_KIND, request.request_id, lambda: BarFlow(session, request, contract_id))


def _cancel(session: "Session", request: Request) -> None:
    if not session.stop(_KIND, request.request_id):
        raise refusals.unknown(request.request_id)


ROUTES: Routes = {
    Ask.REAL_TIME_BARS: Route(market_requests.real_time_bars, _subscribe),
    Ask.CANCEL_REAL_TIME_BARS: Route(requests.versioned_with_id, _cancel),
}

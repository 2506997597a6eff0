"""Follow a bar as it grows: an update every five seconds, a last one when it is complete."""

from typing import TYPE_CHECKING

from market.times import SECOND
from simulator.gateway.bar_query import BarQuery
from simulator.gateway.farms import farm_for
from simulator.gateway.flows import Flow
from simulator.model.api import BarData
from simulator.stream import Beat, beats
from simulator.wire import market_messages

if TYPE_CHECKING:
    from simulator.gateway.session import Session

EVERY = 5 * SECOND


def follow(session: "Session", query: BarQuery, last: BarData) -> Flow:
    """Send every change of the bars from `last` on, each bar finally complete before the next begins.

    Bars end on multiples of five seconds, so that the update due at a bar's end shows it whole. While the
    history farm is down nothing comes; afterwards the bars of that time do.
    """
    services, version = session.services, session.version
    model, farm = services.model, farm_for(query.listing, "history")

    def update(beat: Beat) -> None:
        nonlocal last
        if not services.farms.works(farm):
            return
        now = beat.time
        bars = model.bars(query.contract_id, query.size, query.what, query.hours, last.start, now, now=now)
        for bar in bars:
            if bar != last:
                text = query.date_text(bar.start, version)
                session.send(market_messages.historical_data_update(version, query.request_id, text, bar))
                last = bar

    start = (session.now // EVERY + 1) * EVERY
    return Flow(session, query.request_id, query.contract_id).stream(beats(EVERY), update, start=start)

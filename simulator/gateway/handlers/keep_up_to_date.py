"""Follow a bar as it grows: an update every five seconds, a last one when it is complete."""

from typing import TYPE_CHECKING

from market.times import SECOND
from simulator.gateway.bar_query import BarQuery
from simulator.model.api import BarData
from simulator.stream import Beat, Stream, beats
from simulator.wire import market_messages

if TYPE_CHECKING:
    from simulator.gateway.session import Session

EVERY = 5 * SECOND


def follow(session: "Session", query: BarQuery, last: BarData) -> Stream[Beat]:
    """Send every change of the bars from `last` on, each bar finally complete before the next begins.

    Bars end on multiples of five seconds, so that the update due at a bar's end shows it whole.
    """
    model, version = session.services.model, session.version

    def update(beat: Beat) -> None:
        nonlocal last
        now = beat.time
        bars = model.bars(query.contract_id, query.size, query.what, query.hours, last.start, now, now=now)
        for bar in bars:
            if bar != last:
                text = query.date_text(bar.start, version)
                session.send(market_messages.historical_data_update(version, query.request_id, text, bar))
                last = bar

    start = (session.now // EVERY + 1) * EVERY
    return Stream(session.services.clock, beats(EVERY), update, start=start)

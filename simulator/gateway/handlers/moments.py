"""The moments that requests name, some of them without a zone."""

from typing import TYPE_CHECKING

from simulator.gateway.dates import GATEWAY_ZONE, parse_moment
from simulator.wire.versions import INSTRUMENT_ZONE

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_WARNING = (
    "Warning: You submitted request with date-time attributes without explicit time zone. Please switch to "
    "use yyyymmdd-hh:mm:ss in UTC or use instrument time zone, like US/Eastern. Implied time zone "
    "functionality will be removed in the next API release"
)


def moment(session: "Session", request_id: int, text: str) -> int:
    """The nanoseconds of `text`; refuse with 10314 what is no moment.

    A text without a zone means the gateway's to the clients that are told times without one, with warning
    2174; newer clients must name one.
    """
    if session.version >= INSTRUMENT_ZONE:
        return parse_moment(text)
    time = parse_moment(text, GATEWAY_ZONE)
    if "-" not in text and len(text.split()) == 2:
        session.error(request_id, 2174, _WARNING)
    return time

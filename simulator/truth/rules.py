"""What can be had after an outage, by IB's published rules. Each verdict carries the name of its rule."""

from datetime import datetime, time
from enum import Enum
from zoneinfo import ZoneInfo

from market.bar_size import BarSize
from market.times import DAY, from_datetime, to_datetime

SMALL_BAR = 30
SIX_MONTHS = 183 * DAY
_MIDNIGHT_ZONE = ZoneInfo("America/New_York")


class Rule(Enum):
    """Name, whether the row is servable, and where the rule stands."""

    WHOLE_SECONDS = ("historical ticks, whole seconds", True)
    """Historical ticks give every tick of a second ("IB's page on historical time and sales")."""

    ONLY_ALL_LAST = ("only AllLast has it", False)
    """Combination, derivative and average-price prints are not in historical ticks."""

    LINE_STATE = ("a line is state", False)
    """Top-of-book samples are not kept; what was missed is a gap."""

    BARS = ("historical bars", True)
    BARS_SIX_MONTHS = ("bars of 30 s or less, six months", True)
    BARS_TOO_OLD = ("bars of 30 s or less, beyond six months", False)
    """IB's page on historical data limitations."""

    UNFINISHED = ("not complete yet", False)
    """A bar that still runs has no final form."""

    SINCE_MIDNIGHT = ("executions since midnight", True)
    BEFORE_MIDNIGHT = ("executions before midnight", False)
    """IB's page on executions; a commission comes with its execution."""

    TOLD_ONCE = ("an order's states are told once", False)
    """Open and completed orders can be asked for as they are, not as they were."""

    def __init__(self, text: str, servable: bool) -> None:
        self.text = text
        self.servable = servable


def of_trade(last: bool) -> Rule:
    """A print of a tick-by-tick stream."""
    return Rule.WHOLE_SECONDS if last else Rule.ONLY_ALL_LAST


def of_bar(size: BarSize, start: int, now: int, *, complete: bool) -> Rule:
    """A bar that starts at `start`, asked for at `now`."""
    if not complete:
        return Rule.UNFINISHED
    if size.seconds > SMALL_BAR:
        return Rule.BARS
    return Rule.BARS_SIX_MONTHS if start >= now - SIX_MONTHS else Rule.BARS_TOO_OLD


def of_order_event(event: str, at: int, now: int) -> Rule:
    """A fill, or another event of an order, that happened at `at`."""
    if event != "filled":
        return Rule.TOLD_ONCE
    return Rule.SINCE_MIDNIGHT if at >= midnight(now) else Rule.BEFORE_MIDNIGHT


def midnight(now: int) -> int:
    """When the gateway's day began; its clock is New York's."""
    local = to_datetime(now).astimezone(_MIDNIGHT_ZONE)
    return from_datetime(datetime.combine(local.date(), time(), _MIDNIGHT_ZONE))

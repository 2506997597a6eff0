"""The newest bars of a time frame: what holds of several forms, and when a bar is final."""

from msgspec.structs import replace

from data_processing.frames import Frame
from data_processing.queries.bar_grid import Grid, Sessions
from ib_stream.feeds.frame_bars import FrameBars
from market.bar_size import BarSize
from market.events import Bar
from market.times import DAY, MINUTE
from tests.fakes import AAPL, T0, bar

FIVE = Frame(AAPL, "5m")


def of(frame: Frame = FIVE, sessions: Sessions | None = None) -> FrameBars:
    return FrameBars(frame, Grid(frame.size, "America/New_York", sessions))


def seen(minute: int, close: float, source: str, **more: object) -> Bar:
    return bar(minute, close, final=False, source=source, received=T0 + minute * MINUTE, **more)


def test_five_minutes_are_one_bar_final_once_history_has_told_all_of_them() -> None:
    bars = of()
    for minute in range(5):
        bars.take(bar(minute, 10 + minute, volume=2.0))
    assert [each.final for each in bars.changed()] == [False]
    bars.settle(T0 + 5 * MINUTE)
    (whole,) = bars.changed()
    assert (whole.time, whole.size, whole.final) == (T0, "5m", True)
    assert (whole.open, whole.high, whole.low, whole.close, whole.volume) == (10, 14, 9, 14, 10)
    assert bars.changed() == []


def test_a_minute_that_history_did_not_tell_did_not_happen() -> None:
    bars = of()
    bars.take(bar(0))
    bars.settle(T0 + 5 * MINUTE)
    assert [each.final for each in bars.changed()] == [True]


def test_a_running_minute_is_ibs_form_and_ours_together_until_history_tells() -> None:
    bars = of(Frame(AAPL, "1m"))
    bars.take(seen(0, 12, "live", volume=50.0))
    bars.take(replace(seen(0, 13, "ticks", volume=20.0), received=T0 + MINUTE))
    (both,) = bars.changed()
    assert (both.high, both.close, both.volume, both.final) == (13, 13, 50, False)
    bars.take(bar(0, 11))
    bars.take(seen(0, 99, "live"))
    (told,) = bars.changed()
    assert (told.close, told.final) == (11, True)


def test_a_bar_that_history_revises_is_told_again() -> None:
    bars = of(Frame(AAPL, "1m"))
    bars.take(bar(0))
    bars.changed()
    bars.take(bar(0, 10.5))
    assert [each.close for each in bars.changed()] == [10.5]


def test_the_first_bar_of_regular_hours_is_short() -> None:
    # 14:30 UTC is the opening; an hour of the clock has begun at 14:00.
    open_only = Sessions([(T0, T0 + 6 * 60 * MINUTE, T0 - T0 % DAY)])
    bars = of(Frame(AAPL, "1h", "rth"), open_only)
    for minute in (-1, 0, 29, 30):
        bars.take(bar(minute))
    found = bars.changed()
    assert [(each.time - T0) // MINUTE for each in found] == [0, 30]
    assert [each.hours for each in found] == ["rth", "rth"]


def test_a_forgotten_bar_is_not_made_anew_of_a_part_of_it() -> None:
    bars = of()
    bars.take(bar(0))
    bars.keep_from(T0 + 10 * MINUTE)
    bars.take(bar(4))
    assert bars.changed() == []
    bars.take(bar(3), T0 + 3 * MINUTE)
    assert bars.changed() == []
    bars.take(bar(4), T0)
    assert [each.time for each in bars.changed()] == [T0]


def test_a_day_is_ibs_own() -> None:
    bars = FrameBars(Frame(AAPL, "1D"), None)
    bars.take(replace(bar(), time=T0 - T0 % DAY, size="1D"))
    assert [each.final for each in bars.changed()] == [True]
    assert bars.end(T0 - T0 % DAY) == T0 - T0 % DAY + DAY


def test_the_hour_is_the_exchanges() -> None:
    size = BarSize.parse("1h")
    kolkata = FrameBars(Frame(AAPL, "1h"), Grid(size, "Asia/Kolkata"))
    kolkata.take(bar(0))
    assert [each.time for each in kolkata.changed()] == [T0]

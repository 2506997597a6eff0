import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_api import IBCallbacks
from ib_api.clock_offset import Measurement
from ib_api.metrics import BOUNDS, Histogram, Meter
from market.bus import EventBus
from market.clock import DrivenClock
from market.events import ConnectionChanged, Event, Problem, Trade
from market.times import SECOND, parse

NOW = parse("2026-01-09T14:30:00Z")
MILLI = SECOND // 1000


class Stage:
    def __init__(self) -> None:
        self.bus, self.routing, self.clock = EventBus(), IBCallbacks(), DrivenClock(NOW)
        self.meter = Meter(self.bus, self.routing, self.clock)
        self.seen: list[Event] = []
        self.bus.subscribe(Event, self.seen.append)


def trade(time: int, received: int) -> Trade:
    return Trade(1, "SMART", time, received, 100.0, 1.0)


def test_a_batch_is_published_whole_and_its_longest_wait_measured() -> None:
    stage = Stage()
    batch = [trade(NOW, NOW - 4 * MILLI), trade(NOW, NOW - MILLI)]
    stage.meter.deliver(batch)
    assert stage.seen == batch
    metrics = stage.meter.read()
    assert metrics.events == 2
    assert (metrics.socket_to_bus.count, metrics.socket_to_bus.quantile(1)) == (1, 0.005)


def test_the_age_of_a_tick_is_told_by_the_gateway_s_clock() -> None:
    stage = Stage()
    stage.meter.clocks(Measurement(-60 * SECOND, MILLI, MILLI), Measurement(-60 * SECOND, MILLI, 3 * MILLI))
    stage.meter.deliver([trade(NOW - 60 * SECOND, NOW + 40 * MILLI)])
    metrics = stage.meter.read()
    assert metrics.tick_age.total == 0.04
    assert (metrics.clock_offset, metrics.clock_error) == (-60.0, 0.001)
    assert metrics.round_trip.total == 0.003


def test_problems_are_counted_by_code_and_connections_by_their_beginnings() -> None:
    stage = Stage()
    for state in ("ready", "degraded", "ready", "disconnected", "connecting", "ready"):
        stage.bus.publish(ConnectionChanged(state, "", NOW))
    for code in (2104, 2104, 99999):
        stage.bus.publish(Problem(code, "", "info", NOW))
    stage.bus.publish(Problem(162, "", "info", NOW, count=3))
    metrics = stage.meter.read()
    assert (metrics.state, metrics.connections) == ("ready", 2)
    assert metrics.problems == {2104: 2, 99999: 1, 162: 3}


def test_after_its_end_it_counts_no_more() -> None:
    stage = Stage()
    stage.meter.close()
    stage.bus.publish(Problem(1100, "", "error", NOW))
    assert stage.meter.read().problems == {}


def test_a_reading_can_be_written_as_json() -> None:
    text = msgspec.json.encode(Stage().meter.read())
    assert msgspec.json.decode(text)["socket_to_bus"] == {
        "count": 0,
        "total": 0.0,
        "up_to": [0] * len(BOUNDS),
    }


@settings(deadline=None)
@given(st.lists(st.integers(-SECOND, 30 * SECOND), max_size=50), st.floats(0, 1))
def test_a_quantile_is_the_bound_that_enough_stay_within(durations: list[int], share: float) -> None:
    histogram = Histogram()
    for each in durations:
        histogram.observe(each)
    found = histogram.read().quantile(share)
    if found is None:
        assert not durations
        return
    assert sum(each <= found * SECOND for each in durations) >= share * len(durations)
    smaller = [bound for bound in BOUNDS if bound < found]
    assert all(
        sum(each <= bound * SECOND for each in durations) < share * len(durations) for bound in smaller
    )

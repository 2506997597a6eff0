import queue
import time
from collections.abc import Callable, Iterator

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract
from market.events import Event, Problem
from tests.end_to_end.conftest import Call

Move = Callable[[str], None]


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Iterator[Move]:
    """Put this machine, and the gateway in it, into another time zone."""

    def to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield to
    monkeypatch.undo()
    time.tzset()


@pytest.mark.modern  # an older client is warned (2174) and served
def test_a_date_without_its_zone_is_refused_with_what_to_write(gateway_port: int) -> None:
    events: queue.SimpleQueue[list[Event]] = queue.SimpleQueue()
    with IBConnector(IBCallbacks(events.put)) as connector:
        connector.connect("127.0.0.1", gateway_port, client_id=52)
        aapl = IBContract.by_id(265598)
        connector.reqHistoricalData(7, aapl, "20260109 12:00:00", "1 D", "1 min", "TRADES", 0, 2, False, [])
        problem = None
        while problem is None:
            batch = events.get(timeout=10)
            problem = next((e for e in batch if isinstance(e, Problem) and e.request_id == 7), None)
    assert (problem.code, problem.severity) == (10314, "error")
    assert "The correct format is yyyymmdd hh:mm:ss" in problem.message


def exported(call: Call, folder: str, size: str, start: str, end: str) -> str:
    place = ("--sim", "--data-dir", folder)
    done = call("backfill", "AAPL", "--bar-size", size, "--start", start, "--end", end, *place)
    assert done.returncode == 0, done.stderr
    return str(call("data", *place, "export", "AAPL").stdout)


@pytest.mark.parametrize(("start", "end"), [("2026-03-07", "2026-03-10"), ("2025-11-01", "2025-11-04")])
@pytest.mark.parametrize("size", ["1h", "1D"])
def test_over_a_change_of_clocks_bars_are_the_same_wherever_the_machine_stands(
    call: Call, move: Move, size: str, start: str, end: str
) -> None:
    bars = dict[str, str]()
    for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
        move(zone)
        bars[zone] = exported(call, zone.replace("/", "-"), size, start, end)
    assert bars["America/New_York"] == bars["UTC"] == bars["Asia/Tokyo"]
    starts = [line.partition(",")[0] for line in bars["UTC"].splitlines()[1:]]
    assert all(text.endswith("Z") for text in starts)
    assert len(set(starts)) == len(starts) == (3 if size == "1D" else 72)

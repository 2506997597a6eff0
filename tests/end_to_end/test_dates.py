import queue

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract
from market.events import Event, Problem


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

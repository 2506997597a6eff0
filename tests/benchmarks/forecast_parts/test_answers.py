"""What a gateway wrote when is found by what it held."""

import time
from types import SimpleNamespace
from typing import Any

from benchmarks.forecast_parts.answers import Answers
from simulator.model.api import BarData
from simulator.wire.market_messages import historical_data


def test_the_last_writing_of_a_bar_before_a_moment_is_found() -> None:
    greetings, written = list[Any](), list[bytes]()
    answers = Answers(SimpleNamespace(arrivals=greetings))  # type: ignore[arg-type]
    connection = SimpleNamespace(transport=SimpleNamespace(write=written.append))
    greetings[0](connection)
    moments = []
    for close in (9.5, 9.6, 9.6):
        bars = [("1700000000", made(9.0)), ("1700000060", made(close))]
        connection.detour.send(b"".join(historical_data(200, 7, ("", ""), bars)))
        moments.append(time.monotonic_ns())
    assert len(written) == 3
    first = answers.before((1_700_000_060, 9.0, 10.0, 8.0, 9.6), moments[1])
    assert first is not None
    assert moments[0] <= first <= moments[1]
    assert answers.before((1_700_000_060, 9.0, 10.0, 8.0, 9.6), moments[0]) is None
    last = answers.before((1_700_000_060, 9.0, 10.0, 8.0, 9.6), moments[2])
    assert last is not None
    assert last > moments[1]


def made(close: float) -> BarData:
    return BarData(0, 9.0, 10.0, 8.0, close, 5.0, 9.1, 3)

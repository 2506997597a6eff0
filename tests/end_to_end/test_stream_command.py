"""The stream command over an outage."""

import pytest

from tests.end_to_end.conftest import Start
from tests.ib_api.gateway import free_port


# That streams come back with either library, `test_recovery` shows.
@pytest.mark.once
@pytest.mark.timeout(90)
def test_stream_goes_on_when_a_gateway_that_went_away_is_there_again(start: Start) -> None:
    port = str(free_port())
    gateway = start("sim", "--24h", "--port", port)
    gateway.wait_for("Ctrl-C ends it")
    job = start("stream", "AAPL", "--port", port, "--number", "15")
    job.wait_for("streaming Last of")
    gateway.kill()
    job.wait_for("connection lost")
    start("sim", "--24h", "--port", port).wait_for("Ctrl-C ends it")
    job.wait_for("connection ready")
    assert job.ended() == 0, job.said

"""The streaming server as a part of the main job: one connection to TWS, one store, for both."""

import re

import httpx
import pytest

from tests.end_to_end.conftest import Call, Start
from tests.ib_stream.serving import AAPL, events
from tests.programs import rows

pytestmark = [pytest.mark.timeout(90), pytest.mark.once]


def test_the_main_job_serves_what_it_watches_and_stores(start: Start, call: Call, gateway_port: int) -> None:
    job = start("--port", str(gateway_port), "--symbols", "AAPL", "--backfill-days", "0.01", "--serve", "0")
    found = re.search(r"http://\S+", job.wait_for("serving on"))
    assert found is not None
    url = found[0]
    job.wait_for("SIMULATED  AAPL")
    assert httpx.get(f"{url}/health").json()["tws"]["source"] == "SIMULATED"
    with httpx.stream("GET", f"{url}/stream/{AAPL}/Last?limit=2", timeout=60) as response:
        last = list(events(response.iter_lines()))[-1]
    assert last.data["reason"] == "limit_reached"
    assert httpx.get(f"{url}/bars/AAPL?fetch=false").json()["count"] > 0
    assert job.end() == 130, job.said
    assert rows(call("data", "list", "--json").stdout)["AAPL Last"] >= 2

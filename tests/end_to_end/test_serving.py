"""The streaming server as a part of the main job: one connection to TWS, one store, for both."""

import json
import re
from typing import Any
from urllib.request import urlopen

import pytest

from tests.end_to_end.conftest import Call, Start
from tests.programs import LONG, rows

pytestmark = [pytest.mark.timeout(90), pytest.mark.once]


def read(url: str) -> Any:  # whatever the JSON there holds
    with urlopen(url, timeout=LONG) as answer:
        return json.load(answer)


def test_the_main_job_serves_what_it_watches_and_stores(start: Start, call: Call, gateway_port: int) -> None:
    job = start("--port", str(gateway_port), "--symbols", "AAPL", "--backfill-days", "0.01", "--serve", "0")
    found = re.search(r"http://\S+", job.wait_for("serving on"))
    assert found is not None
    url = found[0]
    job.wait_for("SIMULATED  AAPL")
    assert read(f"{url}/health")["tws"]["source"] == "SIMULATED"
    with urlopen(f"{url}/stream/AAPL/Last?limit=2", timeout=LONG) as stream:
        last = [line for line in stream if line.startswith(b"data: ")][-1]
    assert json.loads(last.removeprefix(b"data: "))["reason"] == "limit_reached"
    assert read(f"{url}/bars/AAPL?fetch=false")["count"] > 0
    assert job.end() == 130, job.said
    assert rows(call("data", "list", "--json").stdout)["AAPL Last"] >= 2

"""What the account may not see is named, and delayed data never passes for live."""

import json
import re
from collections.abc import Iterator
from typing import Literal

import pytest

from market.clock import RealClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.end_to_end.conftest import Call, Start

Entitlement = Literal["delayed", "none"]


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[str]:
    """A gateway whose account has the entitlement given, with TWS's read-only setting."""
    model = generated(seed=1, feed="consistent", always_open=True, entitlement=request.param)
    with run_in_thread(model, RealClock(), GatewayOptions(read_only=True)) as gateway:
        yield str(gateway.port)


delayed = pytest.mark.parametrize("port", ["delayed"], indirect=True)
none = pytest.mark.parametrize("port", ["none"], indirect=True)


@delayed
def test_delayed_ticks_say_so_and_name_the_permission(call: Call, port: str) -> None:
    done = call("stream", "AAPL", "--number", "3", "--port", port)
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["DELAYED"] * 3
    assert "No market data permissions for NASDAQ STK" in done.stderr


@delayed
def test_the_main_job_shows_delayed_data_as_such(start: Start, port: str) -> None:
    job = start("--port", port, "--symbols", "AAPL,TSLA")
    line = job.wait_for("SIMULATED  AAPL", times=2)
    assert job.end() == 130
    assert line.count("DELAYED l1") == 2
    for contract in ("AAPL", "TSLA"):
        assert re.search(rf"{contract} STK.*No market data permissions for NASDAQ STK", job.said)


@none
def test_the_main_job_gives_a_reason_for_each_contract_without_data(start: Start, port: str) -> None:
    job = start("--port", port, "--symbols", "AAPL,TSLA")
    line = job.wait_for("SIMULATED  AAPL", times=2)
    assert job.end() == 130
    assert line.count("market data is not subscribed") == 2


@none
def test_a_stream_that_is_not_permitted_ends_with_its_reason(call: Call, port: str) -> None:
    done = call("stream", "AAPL", "--number", "3", "--port", port)
    assert (done.returncode, done.stdout) == (4, "")
    assert "not subscribed" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(("port", "unseen"), [("delayed", 1), ("none", 2)], indirect=["port"])
def test_check_explains_what_is_not_permitted(call: Call, port: str, unseen: int) -> None:
    done = call("check", "--symbols", "AAPL", "--port", port)
    lines = done.stdout.splitlines()
    assert done.returncode == 4, done.stderr
    assert [line for line in lines if line.startswith("✓ the API is read-only")]
    failed = [line for line in lines if line.startswith("✗")]
    assert len(failed) == unseen
    assert all("permission" in line or "not subscribed" in line for line in failed)


@pytest.mark.parametrize(("port", "level"), [("delayed", "delayed"), ("none", "no")], indirect=["port"])
def test_check_says_for_each_kind_of_data_what_is_entitled_and_what_to_subscribe_to(
    call: Call, port: str, level: str
) -> None:
    lines = call("check", "--symbols", "AAPL", "--port", port).stdout.splitlines()
    assert lines[-1] == (
        f"– AAPL entitled: L1 {level}, tick-by-tick no, depth no, history no; "
        "subscribe in Client Portal to NASDAQ STK; depth (Level II) of NASDAQ"
    )


def test_an_account_with_everything_has_nothing_to_subscribe_to(call: Call) -> None:
    lines = call("check", "--sim", "--symbols", "AAPL,SPX", "--json").stdout.splitlines()
    entitled = [found for line in lines if (found := json.loads(line)["entitled"])]
    live = {"L1": "live", "tick-by-tick": "live", "depth": "live", "history": "live"}
    assert entitled == [live, live | {"tick-by-tick": "none", "depth": "none"}]

"""A main job that is killed outright: what was stored is whole, and the next run goes on."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Run, Start
from tests.programs import rows

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
SYMBOLS = ("--symbols", "AAPL,TSLA,EURUSD", "--backfill-days", "0.01")


def test_a_killed_main_job_leaves_a_store_that_opens_and_goes_on(
    start: Start, run: Run, tmp_path: Path, gateway_port: int
) -> None:
    before = 0
    for _ in range(4):
        job = start("--port", str(gateway_port), *SYMBOLS)
        job.wait_for("SIMULATED  AAPL", times=2)
        job.kill()
        listed = run("data", "list", "--json")
        assert (listed.returncode, listed.stderr) == (0, "")
        ticks = sum(count for name, count in rows(listed.stdout).items() if name.endswith(("Last", "BidAsk")))
        assert ticks > before
        before = ticks
    job = start("--port", str(gateway_port), *SYMBOLS)
    job.wait_for("SIMULATED  AAPL", times=2)
    assert job.end() == 130, job.said
    assert re.search(r"[1-9]\d* ticks and \d+ bars stored", job.said)
    left = [path for path in (tmp_path / "data").rglob("*") if path.suffix == ".tmp"]
    assert not left
    assert not (tmp_path / "data" / "sim-1-consistent-24h" / "quarantine").exists()

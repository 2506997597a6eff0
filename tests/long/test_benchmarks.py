"""The benchmarks run: what they measure is read by people, that they can be run is a promise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
ROOT = Path(__file__).parents[2]


def test_the_gateways_speed_can_be_measured() -> None:
    command = [sys.executable, "benchmarks/sim.py", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    assert all(json.loads(done.stdout.splitlines()[-1])[part] for part in ("flood_ticks", "steady", "bars"))


def test_the_whole_product_can_be_measured() -> None:
    command = [sys.executable, "benchmarks/serving.py", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout.splitlines()[-1])["parts"]
    assert (parts["whole"]["delivered"], parts["whole"]["stored"], parts["whole"]["wrong_clients"]) == (
        1,
        1,
        0,
    )
    assert parts["idle"]["exact"] == parts["idle"]["clients"]
    assert parts["farewell"]["told"] == parts["farewell"]["streams"]
    assert parts["churn"]["leaks"] == 0


def test_the_store_and_its_peers_answer_alike_and_can_be_measured() -> None:
    command = [sys.executable, "benchmarks/store.py", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1_000, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found["stores"]) == 10
    assert {aim["figure"] for aim in found["aims"]} >= {
        "ticks",
        "upsert",
        "trades, a day",
        "live",
        "open",
        "memory",
    }


def test_the_page_can_be_measured() -> None:
    command = [sys.executable, "benchmarks/page.py", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["parts"]) == {"surface", "first paint", "load", "heap"}
    assert found["parts"]["load"]["received_per_second"] > 1_000

"""A forecast by the command line from a cold start: seconds, memory, and what it imported."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from ai.data import Bars
from benchmarks.ai_parts.market import SOURCE
from data_processing.timeseries_db import TimeseriesDB
from market.events import Bar
from market.instrument import Instrument

ROOT = Path(__file__).parents[2]
BENCH = Instrument(
    contract_id=1, symbol="BENCH", sec_type="STK", exchange="SMART", currency="USD", min_tick=1e-4
)
# The interpreter that `./run predict` takes, where it was installed.
PYTHON = ROOT / ".venv/bin/python"
# The command as it is, but for where models are, and then what it needed.
CODE = """
import json, sys
from pathlib import Path
from ai.artifacts import Models
from cli.app import main
Models.__init__.__defaults__ = (Path(sys.argv[1]),)
assert main(["predict", "BENCH", "--data-dir", sys.argv[2], "--log-dir", sys.argv[2]]) == 0
# What getrusage tells includes the process that this one was split off from.
status = Path("/proc/self/status").read_text()
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
loaded = {name: name in sys.modules for name in ("tensorflow", "pandas")}
print(json.dumps({"peak_mb": peak} | loaded))
"""


def fill(data: Path, made: Bars) -> None:
    """Store the bars as history would."""
    columns = [each.tolist() for each in (made.time, made.open, made.high, made.low, made.close, made.volume)]
    rows = zip(*columns, strict=True)
    bars = [
        Bar(1, "SMART", time, time, "1m", o, h, low, c, v, None, None, final=True)
        for time, o, h, low, c, v in rows
    ]
    with TimeseriesDB.open(data, SOURCE, write=True) as db:
        db.put_instruments([BENCH])
        db.upsert_bars(bars)


def turn(models: Path, data: Path) -> dict[str, float]:
    """Start, forecast, end; `seconds` are those of the whole process."""
    python = str(PYTHON) if PYTHON.exists() else sys.executable
    # Without byte code each start would compile the project again.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    command = [python, "-c", CODE, str(models), str(data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=env)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, **json.loads(done.stdout.splitlines()[-1])}

"""Real bars: served from their file, fetched by the program, and streamed on from where they end."""

import csv
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call, Start
from tests.ib_api.gateway import free_port
from tests.programs import ROOT, rows

FILE = ROOT.parent / "shared" / "data" / "AAPL_1min.csv"
END = "2023-05-27T00:00:00"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the recorded market data is not here")


def bars(path: Path, time: str) -> list[tuple[str, ...]]:
    with path.open(newline="") as file:
        return [
            (
                row[time][:19].replace(" ", "T"),
                *(row[name] for name in ("open", "high", "low", "close", "volume")),
            )
            for row in csv.DictReader(file)
        ]


# Three programs one after the other: on a busy machine they take longer than one test usually may.
@pytest.mark.timeout(90)
def test_a_files_bars_are_stored_as_they_are_and_the_stream_goes_on_from_its_end(
    start: Start, call: Call, tmp_path: Path
) -> None:
    port = str(free_port())
    gateway = start("sim", "--replay", f"AAPL={FILE}", "--port", port)
    assert END[:16] in gateway.wait_for("Ctrl-C ends it")
    span = ("--start", "2023-05-24", "--end", "2023-05-27", "--hours", "all")
    done = call("backfill", "AAPL", "--bar-size", "1m", *span, "--port", port)
    assert done.returncode == 0, done.stderr
    call("data", "export", "AAPL", "--bar-size", "1m", "--to", "bars.csv")
    exported = bars(tmp_path / "bars.csv", "time")
    assert len(exported) == 2_083
    assert exported == bars(FILE, "date")

    job = start("--port", port, "--symbols", "AAPL")
    job.wait_for("AAPL LIVE", times=2)
    assert job.end() == 130, job.said
    ticks = call("data", "export", "AAPL", "--type", "Last").stdout.splitlines()[1:]
    assert ticks
    assert min(ticks) > END
    kept = call("data", "export", "AAPL", "--bar-size", "1m", "--end", END, "--to", "again.csv")
    assert kept.returncode == 0, kept.stderr
    assert bars(tmp_path / "again.csv", "time") == exported
    assert rows(call("data", "list", "--json").stdout)["AAPL Last"] == len(ticks)

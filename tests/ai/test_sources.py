"""What a store gives to learn from, and a forecast out of one."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ai.cli import in_words, main
from ai.data import Bars
from ai.meta import Meta
from ai.pipelines.predict import predict_next_price
from config.settings import Settings
from data_processing.timeseries_db import TimeseriesDB
from market.clock import DrivenClock
from market.errors import BadRequest, NoData
from market.events import Bar, BarSource
from market.instrument import Instrument
from market.source import Source
from market.times import MINUTE, from_datetime
from tests.ai.made import saved
from tests.ai.markets import walk

SOURCE = Source.simulated(seed=1, feed="consistent", always_open=True)
RHM = Instrument(
    contract_id=5, symbol="RHM", sec_type="STK", exchange="SMART", currency="EUR", time_zone="Europe/Berlin"
)
ROOT = Path(__file__).parents[2]
OPEN = from_datetime(datetime(2024, 3, 5, 10, tzinfo=UTC))

PREDICT = """
import sys
from pathlib import Path
from ai.artifacts import Models
from ai.pipelines.predict import predict_next_price
from config.settings import Settings
predict_next_price(Settings(data_dir=Path(sys.argv[1])), "RHM", models=Models(Path(sys.argv[2])))
print(sorted({"tensorflow", "keras", "sklearn", "pandas", "joblib"} & set(sys.modules)))
"""


def bar(made: Bars, n: int, source: BarSource = "history", final: bool = True, size: str = "1m") -> Bar:
    o, h, low, c, v = (float(getattr(made, name)[n]) for name in ("open", "high", "low", "close", "volume"))
    time = OPEN + n * MINUTE
    received = time + MINUTE
    return Bar(5, "SMART", time, received, size, o, h, low, c, v, None, None, final=final, source=source)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = walk(202)
    bars = [bar(made, n) for n in range(200)]
    bars += [bar(made, 200, "ticks"), bar(made, 201, "ticks", final=False), bar(made, 0, size="5m")]
    with TimeseriesDB.open(tmp_path, SOURCE, write=True) as db:
        db.put_instruments([RHM])
        db.upsert_bars(bars)
    return Settings(data_dir=tmp_path)


def test_only_authoritative_bars_of_one_size_are_read(settings: Settings) -> None:
    bars = Bars.from_store(settings, "RHM", "1m")
    assert len(bars) == 200
    assert bars.meta == Meta(
        symbol="RHM",
        size="1m",
        contract_id=5,
        exchange="SMART",
        source=SOURCE.name,
        time_zone="Europe/Berlin",
    )
    assert np.array_equal(bars.close, walk(202).close[:200])


def test_the_last_bars_are_those_of_the_whole(settings: Settings) -> None:
    whole, last = (Bars.from_store(settings, "RHM", "1m", last=n) for n in (500, 50))
    assert np.array_equal(whole.time[-len(last) :], last.time)
    assert len(last) in (49, 50)


def test_a_size_that_is_not_stored_is_missed_with_those_that_are(settings: Settings) -> None:
    with pytest.raises(NoData, match="there are: 1m, 5m"):
        Bars.from_store(settings, "RHM", "1h")


def test_which_store_has_to_be_clear(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="there is none"):
        Bars.from_store(Settings(data_dir=tmp_path / "other"), "RHM", "1m")


def test_the_next_bar_is_forecast_from_the_store(settings: Settings, tmp_path: Path) -> None:
    bars = Bars.from_store(settings, "RHM", "1m")
    models, card = saved(tmp_path / "models", replace(bars, tick=0.01))
    clock = DrivenClock(OPEN + 201 * MINUTE)
    found = predict_next_price(settings, "RHM", "1m", models=models, clock=clock)
    assert found.time == OPEN + 200 * MINUTE
    assert found.model == card.version
    assert found.low <= min(found.open, found.close) <= max(found.open, found.close) <= found.high
    assert found.flags == ()
    assert set(dict(found.champions).values()) == {"lstm"}
    words = in_words("RHM", found)
    assert "RHM 1m of 2024-03-05T13:20:00Z, after 2024-03-05T13:19:00Z: open" in words
    assert "lstm speaks for gap, body, upper, lower, volume, close, range, volatility" in words


def test_an_old_bar_is_told_of(settings: Settings, tmp_path: Path) -> None:
    models, _ = saved(tmp_path / "models", Bars.from_store(settings, "RHM", "1m"))
    clock = DrivenClock(OPEN + 300 * MINUTE)
    found = predict_next_price(settings, "RHM", "1m", models=models, clock=clock)
    assert "late bar" in found.flags


def test_the_command_line_names_what_lacks(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--ticker", "NONE", "--mode", "predict", "--data-dir", str(settings.data_dir)]
    assert main(arguments) == 2
    assert "there is no model of NONE 1m" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--ticker", "RHM", "--mode", "guess"])


def test_a_forecast_needs_no_library_of_training_and_no_pandas(settings: Settings, tmp_path: Path) -> None:
    saved(tmp_path / "models", Bars.from_store(settings, "RHM", "1m"))
    command = [sys.executable, "-c", PREDICT, str(tmp_path), str(tmp_path / "models")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

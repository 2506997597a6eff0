"""The programs of the specification, run as they are written there.

Where the specification is at hand its blocks are taken from it, else programs of our own that say the same.
Not there yet: the block about `TwsTrader`, which needs trading.
"""

import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from charting.gui import GUI
from charting.trade_chart import TradeChart
from config.settings import load
from data_processing.tws.connection import TwsConnection
from data_processing.tws.stock import TwsStock
from tests.charting.charts import chart

ROOT = Path(__file__).parents[1]
SEEDS = ROOT.parent / "shared" / "seeds"
LONGEST = 15

OURS = {
    "gui.run()": """
from gui import GUI
gui = GUI(symbol="RHM", tz_offset_hours=2.0, use_regular_trading_hours=False, intraminute_poll_secs=1.0,
          historical_poll_secs=60, price_pref=("mid", "last", "bid", "ask"), verbose=False)
gui.run()
""",
    "add_trade_label": """
chart.add_trade_label(when=None, side="buy", price=247.35, text="BUY @ 247.35", use_marker=True,
                      show_price_label=True, show_price_stub=True, stub_bars=2, line_style="dashed",
                      line_width=1)
""",
    "last_fetch_to_csv": 'path = stock.last_fetch_to_csv()\nprint("Saved to:", path)',
}


def blocks() -> dict[str, str]:
    """The program that each of our words stands in."""
    texts = [path.read_text() for path in sorted(SEEDS.glob("003*"))]
    found = [block for text in texts for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
    return {word: next((each for each in found if word in each), ours) for word, ours in OURS.items()}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and no settings."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("IB_")]:
        monkeypatch.delenv(name)


def run(word: str, **names: Any) -> dict[str, Any]:
    exec(blocks()[word], names)
    return names


def test_the_gui_is_made_and_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = list[int]()
    running = list[GUI]()
    start = GUI.start

    def started(gui: GUI) -> GUI:
        running.append(start(gui))
        return gui

    def show(url: str, *_: object) -> None:
        seen.append(httpx.get(url).status_code)
        running[0].stop()

    monkeypatch.setattr(GUI, "start", started)
    monkeypatch.setattr("charting.gui.show_page", show)
    monkeypatch.setenv("IB_STREAM_BIND", "127.0.0.1:0")
    gui = run("gui.run()")["gui"]
    assert (seen, gui.stock.instrument.symbol, gui.chart.label) == ([200], "RHM", "SIMULATED")
    assert gui.hub.last.provisional or gui.hub.candles()


def test_a_trade_label_is_put_on_the_chart() -> None:
    drawn: TradeChart = run("add_trade_label", chart=chart())["chart"]
    (label,) = drawn.marks
    assert (label.side, label.price, label.text) == ("buy", 247.35, "BUY @ 247.35")  # type: ignore[union-attr]


def test_the_last_fetch_is_written_after_a_fetch(capsys: pytest.CaptureFixture[str]) -> None:
    with TwsConnection(loaded=load({"sim": True}, {})) as connection:
        stock = TwsStock(connection=connection, symbol="RHM")
        stock.get_historical_data("1h")
        path = run("last_fetch_to_csv", stock=stock)["path"]
    assert path.read_text().startswith("time,open,high,low,close,volume")
    assert f"Saved to: {path}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("gui", "GUI"),
        ("tws_wrapper.connection", "TwsConnection"),
        ("tws_wrapper.stock", "TwsStock"),
        ("tws_wrapper.updater", "TwsIntraMinuteUpdater TwsHistoricUpdater"),
        ("core.market_data_hub", "MarketDataHub"),
        ("ui.chart", "TradeChart"),
    ],
)
def test_other_names_are_nothing_but_names(module: str, names: str) -> None:
    path = ROOT / f"{module.replace('.', '/')}.py"
    assert path.read_text().count("\n") <= LONGEST
    for name in names.split():
        found = getattr(__import__(module, fromlist=[name]), name)
        assert found.__module__ != module

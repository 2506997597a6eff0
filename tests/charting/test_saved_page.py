"""The document as text, and as a browser draws it."""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from charting.marks import PriceLine
from charting.picture import browser
from charting.saved_page import modules, saved_page
from charting.trade_chart import TradeChart
from market.errors import SetupError
from market.times import MINUTE, SECOND
from tests.charting.charts import chart, filled
from tests.fakes import T0


def data(document: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', document)
    assert found
    return json.loads(found[1])


def test_it_has_every_bar_and_mark_and_asks_for_nothing_of_elsewhere() -> None:
    drawn = chart(bars=2)
    drawn.add_trade_label(text="</script><b>")
    document = drawn.to_html()
    held = data(document)
    assert held["bars"] == {
        "time": [T0 // SECOND, T0 // SECOND + 60],
        "open": [10, 11],
        "high": [12, 13],
        "low": [9, 10],
        "close": [11, 12],
        "volume": [100, 101],
        "final": [True, False],
    }
    assert held["marks"][0]["text"] == "</script><b>"
    assert not re.findall(r'(?:src|<link[^>]*href)="', document)
    assert "Lightweight Charts™ v5" in document
    assert "https://www.tradingview.com/" in document


def test_what_names_hold_is_text() -> None:
    document = TradeChart(filled(), title="<i>&").to_html()
    assert "<title>&lt;i&gt;&amp; 1m</title>" in document


def test_no_module_imports_what_is_not_in_the_document() -> None:
    held = {name: base64.b64decode(each.partition(",")[2]).decode() for name, each in modules().items()}
    asked = {name for text in held.values() for name in re.findall(r'from "([^"]+)"', text)}
    assert asked <= held.keys()
    assert "js/chart.js" in asked


def drawn_by_a_browser(document: str, folder: Path) -> str:
    """The document as it is once its scripts have run."""
    try:
        program = browser()
    except SetupError:
        pytest.skip("no Chromium")
    (folder / "chart.html").write_text(document)
    command = [
        program,
        "--headless=new",
        "--disable-gpu",
        "--no-sandbox",
        f"--user-data-dir={folder / 'profile'}",
    ]
    command += ["--virtual-time-budget=3000", "--dump-dom", (folder / "chart.html").as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_browser_draws_all_of_it(tmp_path: Path) -> None:
    drawn = TradeChart(filled(30, zone="America/New_York"), title="RHM")
    for side in ("buy", "sell", "signal"):
        drawn.add_trade_label(T0 + 5 * MINUTE, side, text=side)
    drawn.put(PriceLine(id="stop", price=9.0, text="stop"))
    found = drawn_by_a_browser(drawn.to_html(), tmp_path)
    assert 'data-ready="yes"' in found
    legend = re.search(r'<div id="legend">(.*?)</div></div>', found)
    assert legend
    words = re.sub("<[^>]+>", " ", legend[1]).split()
    assert " ".join(words) == "RHM 1m O 39.00 H 41.00 L 38.00 C 40.00 +2.56 % V 129 provisional"


def test_a_browser_draws_a_chart_without_anything(tmp_path: Path) -> None:
    empty = saved_page(
        [], [], {"title": "", "size": "1m", "label": "", "zone": "UTC", "tick": 0.01, "seconds": 60}
    )
    assert 'data-ready="yes"' in drawn_by_a_browser(empty, tmp_path)

from pathlib import Path

import pytest

from data_storage import csv_files
from data_storage.layout import BarSeries, TickSeries
from data_storage.tables import bars_table, ticks_table
from market.errors import BadRequest
from market.events import DataType
from tests.fakes import T0, bar, quote, trade

SERIES = BarSeries(265598, "SMART", "1m")
BARS = [
    bar(0, close=10.1),
    bar(1, volume=None, average=None, count=None),
    bar(2, final=False, source="ticks"),
]


def test_bars_read_back_as_they_were_exported(tmp_path: Path) -> None:
    assert csv_files.export(bars_table(BARS), tmp_path / "bars.csv") == 3
    assert csv_files.import_bars(tmp_path / "bars.csv", SERIES, 0) == BARS


def test_the_form_is_plain(tmp_path: Path) -> None:
    assert "".join(csv_files.lines(bars_table(BARS[:2]))) == (
        "time,open,high,low,close,volume,average,count,final,source,data_type\n"
        "2026-01-05T14:30:00Z,10.0,11.0,9.0,10.1,100.0,10.0,5,true,history,1\n"
        "2026-01-05T14:31:00Z,10.0,11.0,9.0,10.0,,,,true,history,1\n"
    )


def test_trades_read_back_as_they_were_exported(tmp_path: Path) -> None:
    ticks = [trade(0, venue="ARCA", conditions="a,b"), trade(0.25, size=None, data_type=DataType.DELAYED)]
    csv_files.export(ticks_table(ticks, "Last", 1, [0, 1], [2, 2]), tmp_path / "ticks.csv")
    assert csv_files.import_ticks(tmp_path / "ticks.csv", TickSeries(265598, "SMART", "Last"), 0) == ticks


def test_quotes_read_back_as_they_were_exported(tmp_path: Path) -> None:
    quotes = [quote(0, 9.5, None), quote(1, None, 10.5, bid_past_low=True)]
    csv_files.export(ticks_table(quotes, "BidAsk", 1, [0, 0], [2, 2]), tmp_path / "ticks.csv")
    assert csv_files.import_ticks(tmp_path / "ticks.csv", TickSeries(265598, "SMART", "BidAsk"), 0) == quotes


@pytest.mark.parametrize(("old", "new"), [("10.1", "ten"), ("true", "maybe"), ("2026-01-05T", "5 January ")])
def test_a_bad_line_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("".join(csv_files.lines(bars_table(BARS))).replace(old, new))
    with pytest.raises(BadRequest, match=r"bars.csv line \d"):
        csv_files.import_bars(path, SERIES, T0)

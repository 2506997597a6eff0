from pathlib import Path

from data_storage import csv_files
from data_storage.tables import bars_table
from market.events import DataType
from tests.fakes import bar, quote, trade
from tests.tick_tables import ticks_table

BARS = [bar(0, close=10.1), bar(1, volume=None, average=None, count=None, final=False, source="ticks")]


def test_an_export_is_the_lines_of_the_table(tmp_path: Path) -> None:
    assert csv_files.export(bars_table(BARS), tmp_path / "bars.csv") == 2
    assert (tmp_path / "bars.csv").read_text() == "".join(csv_files.lines(bars_table(BARS)))


def test_the_form_is_plain() -> None:
    assert "".join(csv_files.lines(bars_table(BARS))) == (
        "time,open,high,low,close,volume,average,count,final,source,data_type\n"
        "2026-01-05T14:30:00Z,10.0,11.0,9.0,10.1,100.0,10.0,5,true,history,LIVE\n"
        "2026-01-05T14:31:00Z,10.0,11.0,9.0,10.0,,,,false,ticks,LIVE\n"
    )


def test_a_text_with_a_comma_is_quoted_and_part_of_a_second_is_kept() -> None:
    ticks = [trade(0, venue="ARCA", conditions="a,b"), trade(0.25, size=None, data_type=DataType.DELAYED)]
    assert "".join(csv_files.lines(ticks_table(ticks, "Last", 1, [0, 1], [2, 2]))) == (
        "time,data_type,source,price,size,venue,conditions,past_limit,unreported\n"
        '2026-01-05T14:30:00Z,LIVE,tbt,10.0,1.0,ARCA,"a,b",false,false\n'
        "2026-01-05T14:30:00.25Z,DELAYED,tbt,10.0,,,,false,false\n"
    )


def test_a_side_that_is_not_there_is_empty() -> None:
    quotes = [quote(0, 9.5, None), quote(1, None, 10.5, bid_past_low=True)]
    assert "".join(csv_files.lines(ticks_table(quotes, "BidAsk", 1, [0, 0], [2, 2]))) == (
        "time,data_type,source,bid,ask,bid_size,ask_size,bid_past_low,ask_past_high\n"
        "2026-01-05T14:30:00Z,LIVE,tbt,9.5,,1.0,1.0,false,false\n"
        "2026-01-05T14:30:01Z,LIVE,tbt,,10.5,1.0,1.0,true,false\n"
    )

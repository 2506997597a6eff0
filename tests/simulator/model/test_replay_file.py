from pathlib import Path

import pytest

from market.errors import BadRequest, SetupError, TruetickError
from market.times import parse
from simulator.model.replay_file import read_file

HEAD = "date,open,high,low,close,volume\n"
ROW = "2026-01-05 14:30:00+00:00,10,11,9,10.5,100\n"


def _file(folder: Path, text: str, name: str = "bars.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "names 'a' 'b'; it must name the columns"),
        ("open,high,low,close\n1,1,1,1\n", "no column for the time among 'open' 'high' 'low' 'close'"),
        (HEAD + ROW, "1 rows are too few"),
        (HEAD + ROW + "yesterday,10,11,9,10,1\n", "line 3: 'yesterday' is no time"),
        (HEAD + ROW + "2026-01-05 14:31:00+00:00,ten,11,9,10,1\n", "line 3: 'ten' is no open"),
        (HEAD + ROW + "2026-01-05 14:31:00+00:00,10,11,9,10,\n", "line 3: '' is no volume"),
        (HEAD + ROW + ROW, "line 3: the time repeats the line above"),
        (
            HEAD + ROW + "2026-01-05 14:29:00+00:00,10,11,9,10,1\n",
            "line 3: the time is before the line above",
        ),
        (
            HEAD + ROW + "2026-01-05 14:31:00+00:00,10,9,11,10,1\n",
            "line 3: high 9.0 and low 11.0 do not hold",
        ),
        (HEAD + ROW + "2026-01-05 14:31:00+00:00,10,nan,9,10,1\n", "line 3: high is nan"),
        (HEAD + ROW + "2026-01-05 14:31:00+00:00,10,11,-9,10,1\n", "line 3: low is -9.0"),
        ("time,bid,ask\n2026-01-05T14:30,2,1\n2026-01-05T14:31,1,2\n", "line 2: bid 2.0 is above ask 1.0"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_file(_file(tmp_path, text), "UTC")
    assert said in str(caught.value)
    assert "bars.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_matter_of_set_up(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        read_file(tmp_path / "missing.csv", "UTC")
    with pytest.raises(SetupError, match="cannot be read"):
        read_file(_file(tmp_path, "no parquet", "bars.parquet"), "UTC")


def test_other_kinds_of_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TruetickError, match=r"only \.csv, \.csv\.gz and \.parquet"):
        read_file(_file(tmp_path, "", "bars.txt"), "UTC")


@pytest.mark.parametrize(
    ("text", "zone", "time"),
    [
        ("2026-01-05 14:30:00+00:00", "UTC", "2026-01-05T14:30"),
        ("2026-01-05 14:30:00", "America/New_York", "2026-01-05T19:30"),
        ("2026-01-05T14:30:00Z", "America/New_York", "2026-01-05T14:30"),
        ("1767623400", "America/New_York", "2026-01-05T14:30"),
        ("1767623400000", "UTC", "2026-01-05T14:30"),
        ("1767623400000000", "UTC", "2026-01-05T14:30"),
        ("1767623400000000000", "UTC", "2026-01-05T14:30"),
    ],
)
def test_a_time_is_understood_in_every_usual_form(tmp_path: Path, text: str, zone: str, time: str) -> None:
    data = read_file(_file(tmp_path, f"Time,Price\n{text},1\n{text},2\n"), zone)
    assert data.times == [parse(time)] * 2
    assert data.kind == "trades"


def test_a_column_that_says_utc_is_utc(tmp_path: Path) -> None:
    text = "timestamp_utc,price\n2026-01-05 14:30:00,1\n2026-01-05 14:30:00,2\n"
    assert read_file(_file(tmp_path, text), "Asia/Tokyo").times[0] == parse("2026-01-05T14:30")

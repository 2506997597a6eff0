"""A future across its expiries, as a user asks for it: also of contracts that are over."""

import csv
import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.conftest import Call

SPAN = ("--start", "2025-12-08", "--end", "2025-12-11")
# ESZ5 expires on 2025-12-19; the session of the 10th begins there.
VIEW = ("data", "continuous", "ES", "--sim", "--bar-size", "1h", "--roll", "days", "--days-before", "9")


@pytest.fixture
def stored(call: Call) -> None:
    """Three days of hours of an expired contract and of the next one that the simulated gateway has."""
    for name in ("ESZ5@CME/FUT", "ESZ6@CME/FUT"):
        done = call("backfill", name, "--bar-size", "1h", *SPAN, "--sim")
        assert done.returncode == 0, done.stderr


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.usefixtures("stored")
def test_each_bar_keeps_its_contract_and_the_roll_is_where_the_table_says(call: Call) -> None:
    first, second = (json.loads(line) for line in call(*VIEW, "--rolls", "--json").stdout.splitlines())
    assert (first["contract"], second["contract"], second["before"]) == ("ESZ5", "ESZ6", "ESZ5")
    assert date.fromisoformat(second["date"]) == date(2025, 12, 10)
    raw = rows(call(*VIEW).stdout)
    assert [each["contract"] for each in raw] == [
        "ESZ5" if each["time"] < second["from"] else "ESZ6" for each in raw
    ]
    exported = {
        name: {each["time"]: each for each in rows(call("data", "export", name, "--sim").stdout)}
        for name in ("ESZ5", "ESZ6")
    }
    assert len(raw) == 72
    assert all(exported[each["contract"]][each["time"]].items() <= each.items() for each in raw)


@pytest.mark.usefixtures("stored")
def test_an_adjusted_view_goes_to_a_file_and_keeps_the_newest_prices(call: Call, tmp_path: Path) -> None:
    assert call(*VIEW, "--adjust", "difference", "--to", "es.parquet").returncode == 0
    raw, adjusted = rows(call(*VIEW).stdout), pq.read_table(tmp_path / "es.parquet").to_pylist()
    moved = {each["contract"]: set[float]() for each in raw}
    for before, after in zip(raw, adjusted, strict=True):
        moved[before["contract"]].add(after["close"] - float(before["close"]))
    assert moved["ESZ6"] == {0.0}
    assert len(moved["ESZ5"]) == 1
    assert moved["ESZ5"] != {0.0}


@pytest.mark.usefixtures("stored")
def test_expiries_and_the_front_of_each_day_are_told(call: Call) -> None:
    assert [line.split() for line in call(*VIEW, "--expiries").stdout.splitlines()] == [
        ["ESZ5", "495512563", "20251219"],
        ["ESZ6", "649180695", "20261218"],
    ]
    daily = [json.loads(line) for line in call(*VIEW, "--daily", "--json").stdout.splitlines()]
    assert {each["date"]: each["contract"] for each in daily if each["date"] >= "2025-12-08"} == {
        "2025-12-08": "ESZ5",
        "2025-12-09": "ESZ5",
        "2025-12-10": "ESZ6",
    }


@pytest.mark.usefixtures("stored")
def test_slips_are_one_clear_line(call: Call) -> None:
    for arguments, code, said in (
        (("data", "continuous", "NQ", "--sim"), 5, "no futures of 'NQ' are stored"),
        (("data", "continuous", "ES", "--sim"), 8, "no 1m TRADES bars of these futures are stored"),
        ((*VIEW, "--end", "2025-12-01"), 8, "backfill some of them"),
        ((*VIEW, "--to", "es.xls"), 2, "ends in .csv or .parquet"),
        ((*VIEW, "--roll", "interest"), 2, "give a file"),
        ((*VIEW, "--roll", "interest", "--interest", "no.csv"), 2, "no.csv cannot be read"),
    ):
        done = call(*arguments)
        assert done.returncode == code, done.stderr
        assert said in done.stderr.splitlines()[-1]


@pytest.mark.usefixtures("stored")
def test_the_bars_come_as_json_too(call: Call) -> None:
    told = [json.loads(line) for line in call(*VIEW, "--json").stdout.splitlines()]
    names = [each["contract"] for each in rows(call(*VIEW).stdout)]
    assert [each["contract"] for each in told] == names

from pathlib import Path

import pytest

from data_processing.shelf import Shelf, recovery
from data_processing.timeseries_db import TimeseriesDB
from data_storage import manifest as manifests
from data_storage.layout import BarSeries, TickSeries
from market.times import DAY
from tests.fakes import AAPL, SIM, T0, bar, trade

SECTION = BarSeries(1, "SMART", "1m").section


def reader(db: TimeseriesDB) -> Shelf:
    return Shelf(db.folder, SIM, manifests.load(db.folder, SIM), print, writer=False)


def test_rows_are_in_the_log_until_they_are_in_a_file_and_never_in_both(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        shelf, seen = reader(db), []
        for minute in range(3):
            db.upsert_bars([bar(minute)])
            look = shelf.look(SECTION)
            seen.append((sum(file.rows for file in look.files), sum(part.num_rows for part in look.tail)))
            db.compact()
    assert seen == [(0, 1), (1, 1), (2, 1)]
    assert [file.rows for file in shelf.look(SECTION).files] == [3]


def test_a_reader_goes_on_when_a_file_is_replaced_under_its_hands(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(0)])
        db.compact()
        shelf, tries = reader(db), list[str]()

        def read() -> int:
            (file,) = shelf.look(SECTION).files
            if not tries:
                db.upsert_bars([bar(1)])
                db.compact()
            tries.append(file.path)
            return shelf.footer(file).entries[0].rows

        assert (shelf.steady(read), len(set(tries))) == (2, 2)


def test_sections_and_contracts_are_told_of_files_and_log(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(contract_id=2)])
        db.compact()
        db.upsert_bars([bar(contract_id=1)])
        db.append_ticks([trade()])
        shelf = reader(db)
        assert shelf.sections() == [SECTION, "ticks/Last"]
        assert shelf.routes(SECTION) == [(1, "SMART"), (2, "SMART")]
        assert shelf.routes("ticks/Last") == [(AAPL.contract_id, "SMART")]


@pytest.mark.parametrize("series", [BarSeries(1, "SMART", "1m"), TickSeries(1, "SMART", "Last")])
def test_what_is_lost_is_told_with_its_range(series: BarSeries | TickSeries) -> None:
    text = recovery(series, T0, T0 + DAY)
    assert "1@SMART" in text
    assert "2026-01-05T14:30:00Z" in text

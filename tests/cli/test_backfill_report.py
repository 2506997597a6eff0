from pathlib import Path

import pytest

from cli.backfill_report import check_whole
from data_processing.shelf import Damage
from data_storage.errors import DamagedFile
from data_storage.layout import BarSeries
from tests.fakes import AAPL

SERIES = BarSeries(AAPL.contract_id, "SMART", "1m")
DAMAGED = [Damage(Path("2026-01.parquet"), SERIES, 10, 100)]


@pytest.mark.parametrize(("start", "end", "now"), [(10, 100, 200), (0, 90, 90)])
def test_what_a_damaged_file_held_is_back_once_that_range_was_fetched(start: int, end: int, now: int) -> None:
    check_whole(DAMAGED, {SERIES}, start, end, now)
    with pytest.raises(DamagedFile, match="get back what it held with: backfill 265598@SMART"):
        check_whole(DAMAGED, set(), start, end, now)


@pytest.mark.parametrize(("start", "end"), [(11, 100), (10, 99)])
def test_a_part_of_it_is_not_enough(start: int, end: int) -> None:
    with pytest.raises(DamagedFile, match="not all it held is back"):
        check_whole(DAMAGED, {SERIES}, start, end, 200)

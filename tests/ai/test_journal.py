"""Forecasts that were kept are found again from the end of their file."""

from pathlib import Path

from ai.journal import Came, Journal, Line
from market.events import Prediction
from market.times import MINUTE


def told(n: int) -> Prediction:
    path = ((9.0, 9.5, 10.0, 10.5, 11.0),) * 20
    return Prediction(1, "SMART", n * MINUTE, n * MINUTE, "1m", 9, 9, 9, 9, None, "m", path=path)


def kept(folder: Path, count: int) -> Journal:
    journal = Journal(folder, "AAPL", "1m")
    for n in range(count):
        journal.note(Line(came=Came(n * MINUTE, n % 2 == 0, "m", 9, 9, 9, 9, 1)))
        journal.note(Line(forecast=told(n)))
    return journal


def test_those_since_a_time_come_in_order_out_of_many_blocks(tmp_path: Path) -> None:
    found = kept(tmp_path, 500).since(100 * MINUTE)
    assert (tmp_path / "predictions/AAPL-1m.jsonl").stat().st_size > 5 * 65_536
    assert [each.time // MINUTE for each in found] == list(range(100, 500))
    assert found[0].path == told(100).path


def test_the_newest_come_first_and_what_a_kill_cut_off_is_left_out(tmp_path: Path) -> None:
    journal = kept(tmp_path, 3)
    with (tmp_path / "predictions/AAPL-1m.jsonl").open("ab") as file:
        file.write(b'{"forecast":{"contract_id":1,')
    last = journal.last()
    assert last is not None
    assert last.time == 2 * MINUTE
    assert [line.came.inside for line in journal.newest() if line.came] == [True, False, True]


def test_of_what_was_never_forecast_there_is_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "EUR/USD", "1m")
    assert (journal.last(), journal.since(0)) == (None, [])

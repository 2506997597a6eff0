from msgspec.structs import replace

from data_processing.kept_bars import KeptBars
from market.events import StreamChanged
from market.times import SECOND
from tests.fakes import AAPL, T0, bar


def test_a_bar_is_complete_as_it_was_last_told_when_the_next_one_begins() -> None:
    kept = KeptBars()
    grown = replace(bar(0), close=7.0)
    assert [kept.take(each) for each in (bar(0), grown, bar(60))] == [None, None, grown]


def test_each_size_and_kind_of_data_runs_for_itself() -> None:
    kept = KeptBars()
    assert kept.take(bar(0)) is None
    assert kept.take(replace(bar(60), what="MIDPOINT")) is None
    assert kept.take(replace(bar(60), size="5m")) is None


def test_a_late_word_about_an_older_bar_completes_nothing() -> None:
    kept = KeptBars()
    kept.take(bar(60))
    assert kept.take(bar(0)) is None
    assert kept.take(bar(120)) == bar(60)


def test_a_bar_in_which_the_stream_broke_off_is_left_to_history() -> None:
    kept = KeptBars()
    kept.take(bar(0))
    kept.broke(StreamChanged(AAPL.contract_id, "SMART", T0, T0, "5m", "interrupted", "cut"))
    assert kept.take(bar(60)) == bar(0)
    kept.broke(StreamChanged(AAPL.contract_id, "SMART", T0, T0, "1m", "interrupted", "cut"))
    assert kept.take(bar(120)) is None


def test_a_bar_that_was_over_when_the_stream_broke_off_is_complete_though_none_followed() -> None:
    kept = KeptBars()
    kept.take(bar(0))
    over = T0 + 61 * SECOND
    assert kept.broke(StreamChanged(AAPL.contract_id, "SMART", over, over, "1m", "interrupted", "cut")) == [
        bar(0)
    ]

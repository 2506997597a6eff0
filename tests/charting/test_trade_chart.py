from pathlib import Path

import pytest

from charting.marks import Label, MarkBook
from charting.trade_chart import TradeChart
from data_processing.market_data_hub import MarketDataHub
from market.errors import BadRequest
from market.times import MINUTE, SECOND
from tests.charting.charts import chart
from tests.fakes import T0


def test_a_label_without_a_time_or_a_price_stands_at_the_latest_bars_close() -> None:
    drawn = chart()
    id = drawn.add_trade_label(side="sell", text="SELL")
    (label,) = drawn.marks
    assert label == Label(id=id, time=T0 + 9 * MINUTE, side="sell", price=20.0, text="SELL")


def test_everything_that_a_label_can_be_told_is_in_it() -> None:
    drawn = chart()
    id = drawn.add_trade_label(T0, "buy", 10.5, "B", False, False, False, 5, "dotted", 3)
    assert drawn.marks == [
        Label(
            id=id,
            time=T0,
            side="buy",
            price=10.5,
            text="B",
            use_marker=False,
            show_price_label=False,
            show_price_stub=False,
            stub_bars=5,
            line_style="dotted",
            line_width=3,
        )
    ]


@pytest.mark.parametrize(
    ("when", "bar"),
    [
        (T0 + 90 * SECOND, 1),
        ("2026-01-05T14:33:59", 3),
        ("2026-01-05T15:33:30+01:00", 3),
        ("2030-01-01", 9),
        ("2020-01-01", 0),
    ],
)
def test_a_label_stands_at_the_bar_that_runs_at_its_time(when: int | str, bar: int) -> None:
    drawn = chart()
    drawn.add_trade_label(when)
    assert drawn.marks[0].time == T0 + bar * MINUTE


def test_labels_go_one_by_one_and_all_at_once() -> None:
    drawn = chart()
    first, second = drawn.add_trade_label(), drawn.add_trade_label()
    drawn.remove(first)
    drawn.remove(first)
    assert [each.id for each in drawn.marks] == [second]
    drawn.clear()
    assert drawn.marks == []


def test_labels_of_two_charts_of_a_contract_are_told_apart() -> None:
    book = MarkBook()
    chart(book=book).add_trade_label()
    other = chart(book=book)
    other.add_trade_label()
    assert len(other.marks) == 2


def test_a_chart_without_bars_has_nothing_to_stand_at() -> None:
    with pytest.raises(BadRequest, match="no bars yet"):
        TradeChart(MarketDataHub()).add_trade_label()


def test_a_label_of_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadRequest, match="cannot be drawn"):
        chart().add_trade_label(line_style="wavy")  # type: ignore[arg-type]  # that is the claim


def test_what_the_hub_learns_later_is_on_the_chart() -> None:
    drawn = chart(bars=2)
    drawn.hub.upsert_bar(T0 + 2 * MINUTE, 1, 2, 0, 1.5)
    drawn.add_trade_label()
    assert (drawn.marks[0].time, drawn.marks[0].price) == (T0 + 2 * MINUTE, 1.5)  # type: ignore[union-attr]
    drawn.close()
    drawn.hub.upsert_bar(T0 + 3 * MINUTE, 1, 2, 0, 1.5)
    assert drawn.to_html().count(str((T0 + 3 * MINUTE) // SECOND)) == 0


def test_in_a_notebook_it_is_a_document_of_its_own() -> None:
    shown = chart()._repr_html_()
    assert shown.startswith('<iframe style="width:100%;height:480px;border:0" title="chart" sandbox=')
    assert "RHM 1m" in shown
    assert shown.endswith('"></iframe>')
    assert shown.count("<iframe") == 1


def test_live_it_is_the_page_of_the_server() -> None:
    drawn = chart(url="http://127.0.0.1:8000/chart/7?zone=UTC")
    assert 'src="http://127.0.0.1:8000/chart/7?zone=UTC&amp;embed=1"' in drawn.live(300)._repr_html_()
    with pytest.raises(BadRequest, match="no server"):
        chart().live()


def test_a_document_is_written_whole(tmp_path: Path) -> None:
    drawn = chart()
    assert drawn.export_html(tmp_path / "a.html").read_text() == drawn.to_html()

"""What is on the canvas is what the server said; times are milliseconds."""

from collections.abc import Callable

import pytest

from tests.charting.page.surface.driven import ASKS, BIDS, Driven, book, news, time, trade

WALL = {**BIDS, 99.95: 5000.0}
HOLE = {price: size for price, size in BIDS.items() if round(price, 2) != 99.97}


def test_a_level_with_size_is_brighter_than_an_empty_one_and_a_wall_brighter_still(surface: Driven) -> None:
    surface.show(0, {**HOLE, 99.95: 5000.0})
    surface.wait(5000)
    empty, usual, wall = (surface.colour(2000, price).light for price in (99.97, 99.98, 99.95))
    assert empty < usual < wall


def test_in_light_colours_more_size_is_darker(opened: Callable[[str], Driven]) -> None:
    surface = opened("?theme=light")
    surface.show(0, {**HOLE, 99.95: 5000.0})
    surface.wait(5000)
    empty, usual, wall = (surface.colour(2000, price).light for price in (99.97, 99.98, 99.95))
    assert empty > usual > wall


@pytest.mark.parametrize("palette", ["", "?palette=colour-blind", "?theme=light&palette=colour-blind"])
def test_bids_and_asks_have_colours_of_their_own(opened: Callable[[str], Driven], palette: str) -> None:
    surface = opened(palette)
    surface.show(0, WALL)
    surface.wait(5000)
    bid, ask = surface.colour(2000, 99.97), surface.colour(2000, 100.05)
    assert bid.blue - bid.red > 20 > ask.blue - ask.red


def test_a_quiet_book_goes_on_and_what_it_does_not_reach_is_not_drawn(surface: Driven) -> None:
    surface.show(0)
    surface.wait(60_000)
    assert surface.cell(59_000, 99.97) | {"number": 0, "row": 0} == {
        "number": 0, "row": 0, "price": pytest.approx(99.97), "time": pytest.approx(1_767_623_459_000),
        "size": 100, "state": "bid", "atLeast": False, "bought": 0, "sold": 0,
    }  # fmt: skip
    assert surface.cell(59_000, 99.80)["state"] == "unknown"
    assert surface.colour(59_000, 99.90) == surface.colour(-10_000, 99.97), "as before the first book"


def test_a_level_that_left_the_book_is_not_drawn_with_its_last_size(surface: Driven) -> None:
    surface.show(0, {**BIDS, 99.91: 9000.0})
    surface.show(10_000, {price + 0.01: 100.0 for price in BIDS}, {price + 0.01: 100.0 for price in ASKS})
    surface.wait(20_000)
    assert surface.cell(5000, 99.91)["size"] == 9000
    assert surface.cell(15_000, 99.91)["state"] == "unknown"
    assert surface.colour(15_000, 99.91).light < surface.colour(5000, 99.91).light / 4


def test_an_interruption_is_grey_from_where_it_is_certain_until_the_next_book(surface: Driven) -> None:
    surface.show(0)
    surface.wait(20_000)
    surface.handle(news("info", 20_000, code="interrupted", **{"from": time(15_000)}))
    surface.wait(30_000)
    surface.handle(news("info", 30_000, code="resumed", **{"from": time(15_000), "to": time(30_000)}))
    surface.handle(news("gap", 30_000, **{"from": time(15_000), "to": time(30_000)}, reason="cut"))
    surface.wait(32_000)
    surface.show(32_000, since=30_500)
    surface.wait(40_000)
    states = [surface.cell(at, 99.97)["state"] for at in (14_000, 15_000, 25_000, 31_900, 33_000)]
    assert states == ["bid", "lost", "lost", "lost", "bid"]
    assert surface.colour(25_000, 99.97).grey
    assert not surface.colour(5000, 99.97).grey
    assert not surface.colour(35_000, 99.97).grey


def test_without_a_server_depth_is_lost_from_now_on_until_the_next_book(surface: Driven) -> None:
    surface.do("surface.lost()")
    surface.show(0)
    surface.wait(10_000)
    surface.do("surface.lost()")
    surface.wait(20_000)
    surface.show(20_000)
    surface.wait(25_000)
    assert [surface.cell(at, 99.97)["state"] for at in (9000, 15_000, 21_000)] == ["bid", "lost", "bid"]


def test_a_reset_is_lost_even_when_the_empty_book_was_not_seen(surface: Driven) -> None:
    surface.show(0)
    surface.show(10_100, WALL, since=10_050)
    surface.wait(12_000)
    states = [surface.cell(at, 99.95)["state"] for at in (9_900, 10_100, 10_300)]
    assert states == ["bid", "lost", "bid"]


def test_an_emptied_book_is_lost_until_it_is_sent_again_and_a_market_without_orders_is_not(
    surface: Driven,
) -> None:
    surface.show(0)
    surface.show(5000, {}, {}, since=5000)
    surface.wait(7000)
    assert surface.cell(6000, 99.97)["state"] == "lost"
    surface.show(7000, since=5000)
    surface.show(9000, {}, {}, since=5000)
    surface.wait(11_000)
    assert surface.cell(10_000, 99.97)["state"] == "unknown"


def test_a_gap_that_is_told_late_greys_what_was_drawn_and_leaves_the_book_of_now(surface: Driven) -> None:
    surface.show(0)
    surface.show(10_000, WALL)
    surface.wait(12_000)
    surface.handle(news("gap", 12_000, **{"from": time(3000), "to": time(5000)}, reason="late"))
    states = [surface.cell(at, 99.95)["state"] for at in (2000, 4000, 6000, 11_000)]
    assert states == ["bid", "lost", "bid", "bid"]


def test_a_book_that_comes_late_is_drawn_from_its_own_time_on(surface: Driven) -> None:
    surface.show(0)
    surface.wait(10_000)
    surface.handle(book(8000, WALL, ASKS))
    assert [surface.cell(at, 99.95)["size"] for at in (7000, 8000, 10_000)] == [100, 5000, 5000]


def test_sizes_of_several_makers_at_one_price_add_up_and_the_last_price_may_hold_more(
    surface: Driven,
) -> None:
    message = book(0, BIDS, ASKS, smart=True)
    message["data"]["bids"].insert(3, {"price": 99.98, "size": 50.0, "market_maker": "ARCA"})
    surface.handle(message)
    surface.wait(2000)
    assert surface.cell(1000, 99.98)["size"] == 150
    assert not surface.cell(1000, 99.98)["atLeast"]
    assert surface.cell(1000, 99.91)["atLeast"]


@pytest.mark.parametrize(("price", "side"), [(100.01, "bought"), (100.00, "sold"), (100.02, "bought")])
def test_a_trade_is_a_dot_of_the_side_that_took_the_other(surface: Driven, price: float, side: str) -> None:
    surface.show(0)
    surface.handle(trade(2000, price, 70))
    surface.handle(trade(2100, price, 30))
    surface.wait(4000)
    assert surface.cell(2000, price)[side] == 100
    dot = surface.colour(2000, price)
    assert (dot.green > dot.red) is (side == "bought")


def test_a_trade_that_history_brings_lies_in_its_second_and_has_no_side(surface: Driven) -> None:
    surface.show(0)
    surface.wait(9000)
    surface.handle(trade(3000, 100.01, 70, source="history"))
    assert surface.page.evaluate("surface.columns.at(surface.columns.number(START + 3000)).dots") == [
        {"price": 100.01, "size": 70, "side": ""}
    ]
    assert surface.page.evaluate("surface.price") is None


def test_another_contract_begins_with_nothing(surface: Driven) -> None:
    surface.show(0)
    surface.do("surface.reset({ contract_id: 2, symbol: 'TSLA' })")
    surface.show(1000)
    assert surface.page.evaluate("surface.columns.newest") is None
    assert surface.text(".surface-title") == "Depth TSLA"
    assert surface.text(".surface-state") == "no depth yet"

import pytest

from ib_api.lines import MarketDataLine, present
from market.events import DataType, Event, Quote, Trade
from market.times import SECOND

NOW = 1_000 * SECOND


def line() -> MarketDataLine:
    return MarketDataLine("market data", 1, "SMART")


@pytest.mark.parametrize(
    ("price", "size", "there"),
    [
        (-1, 0, False),
        (0, 0, False),
        (0, 5, True),
        (-37.6, 0, True),
        (-1, 3, True),
        (1.7976931348623157e308, 3, False),
    ],
)
def test_minus_one_and_zero_mean_missing_only_with_size_zero(price: float, size: float, there: bool) -> None:
    assert present(price, size) is there


def test_a_quote_comes_with_each_change_and_not_without_one() -> None:
    data = line()
    first = data.price(1, 99.5, 300, 1, NOW, 5)
    assert first == Quote(1, "SMART", NOW, 0, 99.5, None, 300, None, source="l1")
    assert data.size(0, 300, NOW, 5) is None
    assert data.price(1, 99.5, 300, 1, NOW, 5) is None
    second = data.size(0, 400, NOW, 5)
    assert isinstance(second, Quote)
    assert second.bid_size == 400


def test_a_side_that_goes_away_is_none() -> None:
    data = line()
    data.price(2, 100, 3, 1, NOW, 5)
    gone = data.price(2, -1, 0, 1, NOW, 5)
    assert isinstance(gone, Quote)
    assert (gone.ask, gone.ask_size) == (None, None)


def trades_of(data: MarketDataLine, *ticks: tuple[str, int, float]) -> list[Event]:
    found = list[Event | None]()
    for kind, number, value in ticks:
        if kind == "price":
            found.append(data.price(number, value, 10, 0, NOW, 5))
        elif kind == "size":
            found.append(data.size(number, value, NOW, 5))
        else:
            data.text(number, str(int(value)))
    return [event for event in found if event is not None]


def test_a_trade_has_the_time_that_ib_sent_ahead_and_its_size_is_not_a_second_trade() -> None:
    (trade,) = trades_of(line(), ("time", 45, 900), ("price", 4, 100.5), ("size", 5, 10), ("size", 8, 1_000))
    assert trade == Trade(1, "SMART", 900 * SECOND, 0, 100.5, 10, source="l1")


def test_an_equal_print_in_another_second_is_another_trade() -> None:
    data = line()
    first = trades_of(data, ("time", 45, 900), ("price", 4, 100.5), ("size", 5, 10))
    again = trades_of(data, ("time", 45, 901), ("size", 5, 10))
    assert [len(first), len(again)] == [1, 1]
    assert [event.time for event in first + again if isinstance(event, Trade)] == [900 * SECOND, 901 * SECOND]


def test_another_size_at_the_same_price_is_another_trade() -> None:
    data = line()
    assert len(trades_of(data, ("price", 4, 100.5), ("size", 5, 10), ("size", 5, 20))) == 2


def test_without_a_time_of_its_own_a_trade_has_the_time_of_ibs_clock() -> None:
    (trade,) = trades_of(line(), ("price", 4, 100.5))
    assert isinstance(trade, Trade)
    assert trade.time == NOW


def test_delayed_ticks_make_the_line_delayed() -> None:
    data = line()
    trades = trades_of(data, ("time", 88, 900), ("price", 68, 100.5), ("size", 71, 10))
    assert [event.data_type for event in trades if isinstance(event, Trade)] == [DataType.DELAYED]
    data.market_data_type(4)
    data.price(66, 99, 1, 0, NOW, 5)
    assert data.data_type is DataType.DELAYED_FROZEN


def test_only_what_is_wanted_is_emitted() -> None:
    data = line()
    data.quotes = False
    assert data.price(1, 99, 1, 0, NOW, 5) is None
    assert trades_of(data, ("price", 4, 100.5)) != []


@pytest.mark.parametrize("kind", [6, 7, 9, 14, 37, 72, 75])
def test_other_ticks_are_no_quotes_and_no_trades(kind: int) -> None:
    assert line().price(kind, 100, 1, 0, NOW, 5) is None


@pytest.mark.parametrize(
    ("kind", "value", "halted"), [(49, 1, True), (90, 2, True), (49, 0, False), (49, -1, False)]
)
def test_a_line_knows_whether_trading_is_halted(kind: int, value: float, halted: bool) -> None:
    data = line()
    assert data.halted is False
    data.halted = not halted
    data.number(kind, value)
    assert data.halted is halted


def test_other_generic_ticks_say_nothing_of_a_halt() -> None:
    data = line()
    data.number(54, 1200)
    assert data.halted is False

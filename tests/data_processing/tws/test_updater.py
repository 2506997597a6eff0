import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import cast

import pytest

from data_processing.market_data_hub import Candle, MarketDataHub, Shown
from data_processing.tws.connection import TwsConnection
from data_processing.tws.stock import TwsStock
from data_processing.tws.updater import TwsHistoricUpdater, TwsIntraMinuteUpdater
from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import BadRequest
from market.events import Refilled
from market.times import MINUTE, SECOND
from tests.fakes import AAPL, T0, quote, trade


def updater(hub: MarketDataHub, what: str = "TRADES") -> TwsIntraMinuteUpdater:
    stock = SimpleNamespace(contract_id=AAPL.contract_id, instrument=AAPL, what=what)
    return TwsIntraMinuteUpdater(cast("TwsStock", stock), hub)


def test_the_running_bar_has_the_highs_lows_and_volume_between_two_polls() -> None:
    hub = MarketDataHub()
    running = updater(hub)
    for second, price in enumerate((10.0, 12.0, 8.0, 10.0)):
        running.take(trade(second, price, 5.0))
    running.poll(T0 + 4 * SECOND)
    assert hub.last == Candle(T0, 10.0, 12.0, 8.0, 10.0, 20.0, provisional=True)
    running.take(trade(5, 10.0, 7.0))
    running.poll(T0 + 6 * SECOND)
    assert (hub.last.close, hub.last.volume) == (10.0, 27.0)


def test_a_bar_of_trades_is_not_moved_by_quotes() -> None:
    hub = MarketDataHub()
    running = updater(hub)
    running.take(trade(0, 10.0))
    running.take(quote(1, 50.0, 60.0))
    running.poll(T0 + 2 * SECOND)
    assert hub.last is not None
    assert hub.last.high == 10.0


def test_a_bar_of_the_midpoint_is_made_of_quotes() -> None:
    hub = MarketDataHub()
    running = updater(hub, what="MIDPOINT")
    running.take(quote(0, 1.0, 1.5))
    running.take(quote(1, 1.5, 2.0))
    running.poll(T0 + 2 * SECOND)
    assert hub.last == Candle(T0, 1.25, 1.75, 1.25, 1.75, None, provisional=True)


def test_what_history_knew_of_the_bar_before_the_first_tick_stays_in_it() -> None:
    hub = MarketDataHub()
    hub.upsert_bar(T0, 9.0, 15.0, 7.0, 10.0, 100.0, provisional=True)
    running = updater(hub)
    running.take(trade(40, 10.5, 5.0))
    running.poll(T0 + 41 * SECOND)
    running.poll(T0 + 42 * SECOND)
    running.take(trade(43, 10.6, 5.0))
    running.poll(T0 + 44 * SECOND)
    assert hub.last == Candle(T0, 9.0, 15.0, 7.0, 10.6, 110.0, provisional=True)


def test_at_the_rollover_the_old_bar_stays_provisional_until_history_has_it() -> None:
    hub = MarketDataHub()
    running = updater(hub)
    running.take(trade(59, 10.0))
    running.take(trade(60, 11.0))
    running.poll(T0 + 61 * SECOND)
    assert hub.provisional_times == [T0, T0 + MINUTE]
    hub.upsert_bar(T0, 10, 12, 9, 10.1, 50)
    running.take(trade(62, 11.0))
    running.poll(T0 + 63 * SECOND)
    assert hub.provisional_times == [T0 + MINUTE]


def test_a_pace_of_nothing_is_refused() -> None:
    with pytest.raises(BadRequest, match="above 0"):
        TwsIntraMinuteUpdater(cast("TwsStock", None), MarketDataHub(), 0)


class Waiting:
    """A view on which a test waits."""

    def __init__(self) -> None:
        self._news = threading.Condition()

    def upsert(self, rows: Sequence[Shown]) -> None:
        with self._news:
            self._news.notify_all()

    redraw = upsert

    def until(self, claim: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(claim, 30)


def test_ticks_make_the_running_bar_and_history_replaces_it(connection: TwsConnection) -> None:
    stock, hub, screen = TwsStock(connection, "AAPL"), MarketDataHub("1s"), Waiting()
    hub.attach(screen)
    live, past = TwsIntraMinuteUpdater(stock, hub, 0.1), TwsHistoricUpdater(stock, hub, 0.5, align=False)
    refilled = Queue[Refilled]()
    leave = connection.ib.on(Refilled, refilled.put)
    live.start()
    screen.until(lambda: len(hub.provisional_times) > 1)
    first = hub.provisional_times[0]
    past.start()
    screen.until(lambda: first not in hub.provisional_times)
    news = refilled.get(timeout=30)
    live.stop()
    past.stop()
    leave()
    request = BarRequest(BarSize.parse("1s"), first, first + SECOND)
    (told,) = connection.ib.bars(stock.instrument, request)
    assert hub.get(first) == Candle(first, told.open, told.high, told.low, told.close, told.volume)
    assert (news.kind, news.what, past.problem) == ("1s", "TRADES", "")


def test_history_is_loaded_and_written_as_csv(connection: TwsConnection, tmp_path: Path) -> None:
    stock, hub, done = TwsStock(connection, "AAPL", csv_folder=tmp_path), MarketDataHub(), threading.Event()
    past = TwsHistoricUpdater(stock, hub, 0.1, align=False, csv_every=1)
    loaded = past.load("1h")
    assert [each.close for each in hub.candles()] == loaded["close"].tolist()
    leave = connection.ib.on(Refilled, lambda _: done.set())
    past.start()
    assert done.wait(30)
    past.stop()
    leave()
    assert (tmp_path / "AAPL.csv").read_text().count("\n") >= len(loaded)

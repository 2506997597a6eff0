"""The live chart from Python: one object that connects, keeps the bars true, serves the page and shows it.

::

    from charting.gui import GUI

    GUI(symbol="RHM", zone="Europe/Berlin").run()      # until Ctrl-C

    gui = GUI(symbol="RHM").start()                    # in a notebook: the cell comes back
    gui.chart.add_trade_label(side="buy", text="BUY")
    gui.chart.live()
    gui.stop()
"""

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from urllib.parse import urlencode

from charting.desktop import check, show_window
from charting.marks import MarkBook
from charting.showing import show_page
from charting.trade_chart import TradeChart
from data_processing.display_zone import zone_name
from data_processing.market_data_hub import Candle, MarketDataHub, Shown
from data_processing.tws.connection import TwsConnection, say
from data_processing.tws.snapshot import PRICE_PREF, checked
from data_processing.tws.stock import TwsStock
from data_processing.tws.updater import TwsHistoricUpdater, TwsIntraMinuteUpdater
from ib_api.ib_broker import IBBroker


class GUI:
    """The live chart of one contract.

    `zone` (``Europe/Berlin``) is the time zone that the chart shows, or `tz_offset_hours`; data stay UTC.
    With `use_regular_trading_hours` history has those alone. The running bar is handed over every
    `intraminute_poll_secs` seconds, history asked for every `historical_poll_secs`. `price_pref` orders the
    prices that `stock.snapshot` may give. With `verbose` each bar that history settles is told. With
    `desktop` the page has a window of its own.
    """

    def __init__(
        self,
        symbol: str = "RHM",
        tz_offset_hours: float | None = None,
        use_regular_trading_hours: bool = False,
        intraminute_poll_secs: float = 1.0,
        historical_poll_secs: float = 60.0,
        price_pref: Sequence[str] = PRICE_PREF,
        verbose: bool = False,
        *,
        zone: str | None = None,
        period: str = "1d",
        port: int | None = None,
        desktop: bool = False,
        connection: TwsConnection | None = None,
    ) -> None:
        self.symbol = symbol
        self.hub = MarketDataHub("1m", zone=zone, tz_offset_hours=tz_offset_hours)
        self.url = ""
        # Unless a zone was named the page shows the exchange's.
        self._zoned = (zone, tz_offset_hours) != (None, None)
        self._rth = use_regular_trading_hours
        self._polls = intraminute_poll_secs, historical_poll_secs
        self._price_pref = checked(price_pref)
        self._verbose = verbose
        self._period = period
        self._port = port
        self._desktop = desktop
        self._given = connection
        self._stack = ExitStack()
        self._over = threading.Event()
        self._ending = threading.RLock()

    def run(self) -> None:
        """Show the chart until Ctrl-C, `stop`, or until its window is closed."""
        if self._desktop:
            check(os.environ)
        with self.start():
            if self._desktop:
                show_window(self.url, f"{self.symbol} · {self.connection.label}")
                return
            show_page(self.url, os.environ, say)
            try:
                self._over.wait()
            except KeyboardInterrupt:
                say("stopped")

    def start(self) -> "GUI":
        """As `run`, without waiting or showing anything; `url` is the page. End it with `stop`.

        What was started before is ended first.
        """
        self.stop()
        self._over.clear()
        with ExitStack() as stack:
            self.connection = self._given or stack.enter_context(TwsConnection())
            self.stock = TwsStock(self.connection, self.symbol, price_pref=self._price_pref)
            stack.callback(self.stock.line.stop)
            history = TwsHistoricUpdater(self.stock, self.hub, self._polls[1], rth=self._rth)
            history.load(self._period)
            self.chart = stack.enter_context(closing(self._served(stack)))
            if self._verbose:
                stack.callback(self.hub.attach(Teller(say)))
            for updater in (TwsIntraMinuteUpdater(self.stock, self.hub, self._polls[0]), history):
                updater.start()
                stack.callback(updater.stop)
            self._stack = stack.pop_all()
        return self

    def stop(self) -> None:
        """End all of it; `run` comes back. Calling it twice is harmless."""
        self._over.set()
        with self._ending:
            self._stack.close()

    def __enter__(self) -> "GUI":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _served(self, stack: ExitStack) -> TradeChart:
        """Start the server on the connection's thread; the answer is the chart that its page shows."""
        # The server is above: this is the one door to it.
        from ib_api.server import hosted

        connection, instrument, web = self.connection, self.stock.instrument, AsyncExitStack()
        settings = connection.loaded.settings
        port = settings.stream_address[1] if self._port is None else self._port
        db, history = connection.db, connection.history

        async def begin(broker: IBBroker) -> tuple[str, MarkBook]:
            parts = connection.loaded, broker, db, history, connection.clock, port
            place = await web.enter_async_context(hosted(*parts))
            return place.url, place.marks.of(instrument.contract_id)

        async def end(_: IBBroker) -> None:
            await web.aclose()

        address, book = connection.ib.run(begin)
        stack.callback(lambda: connection.ib.run(end))
        self.url = f"{address}/chart/{instrument.contract_id}{self._query()}"
        return TradeChart(
            self.hub,
            title=instrument.ticker,
            label=connection.label,
            min_tick=instrument.min_tick,
            book=book,
            call=lambda deed: connection.ib.run(lambda _: _done(deed)),
            url=self.url,
        )

    def _query(self) -> str:
        """What the page is asked to show."""
        wanted = {"zone": zone_name(self.hub.zone)} if self._zoned else {}
        wanted |= {"hours": "rth"} if self._rth else {}
        return f"?{urlencode(wanted)}" if wanted else ""


class Teller:
    """A view that says each bar that history has settled."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._provisional = dict[int, Candle]()

    def redraw(self, rows: Sequence[Shown]) -> None:
        """Begin with these; nothing is told of them."""
        self._provisional = {each.candle.time: each.candle for each in rows if each.candle.provisional}

    def upsert(self, rows: Sequence[Shown]) -> None:
        """Tell of those that were provisional and are not."""
        for when, candle in rows:
            before = self._provisional.pop(candle.time, None)
            if candle.provisional:
                self._provisional[candle.time] = candle
            elif before is not None:
                self._tell(
                    f"bar {when:%H:%M} settled: close {candle.close:g}, volume {_size(candle.volume)}"
                    f" (provisional was {before.close:g} / {_size(before.volume)})"
                )


def _size(volume: float | None) -> str:
    return "unknown" if volume is None else f"{volume:,.0f}"


async def _done(deed: Callable[[], None]) -> None:
    deed()

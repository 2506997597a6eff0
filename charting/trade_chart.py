"""A chart in Python: bars out of a hub, labels of trades, in a notebook, a file or on the live page.

::

    chart = TradeChart(hub, title="RHM")
    chart.add_trade_label(side="buy", price=247.35, text="BUY @ 247.35")
    chart                             # in a notebook: the chart as it is now, kept with the notebook
    chart.live()                      # the live page in a frame, while a server runs
    chart.export_html("rhm.html")     # one file that needs no network
"""

import html
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Literal

from charting.marks import AnyMark, Label, LineStyle, MarkBook
from charting.picture import photographed
from charting.saved_page import saved_page
from data_processing.display_zone import zone_name
from data_processing.market_data_hub import MarketDataHub, Moment, Shown, moment
from data_storage.atomic import replacing
from market.errors import BadRequest

Side = Literal["buy", "sell", "signal"]
Caller = Callable[[Callable[[], None]], None]
"""Runs something on the thread that a book of marks belongs to."""

HEIGHT = 480


def _here(deed: Callable[[], None]) -> None:
    deed()


class TradeChart:
    """The chart of what `hub` holds, and of the marks in `book`.

    With a server `url` is its page of this contract and `book` the one it shows, changed by way of `call`;
    without, the chart is by itself. `label` says what the data is of: ``SIMULATED``, ``PAPER``, ``LIVE``.
    """

    def __init__(
        self,
        hub: MarketDataHub,
        *,
        title: str = "",
        label: str = "",
        min_tick: float = 0.01,
        book: MarkBook | None = None,
        call: Caller = _here,
        url: str = "",
    ) -> None:
        self.hub = hub
        self.title = title
        self.label = label
        self.min_tick = min_tick
        self.url = url
        self._book = book if book is not None else MarkBook()
        self._call = call
        self._rows = dict[int, Shown]()
        self._numbers = count(1)
        self.close = hub.attach(self)

    # -- what the hub tells

    def upsert(self, rows: Sequence[Shown]) -> None:
        """Draw these bars, or draw them again."""
        self._rows |= {each.candle.time: each for each in rows}

    def redraw(self, rows: Sequence[Shown]) -> None:
        """Draw these bars and no others."""
        self._rows = {each.candle.time: each for each in rows}

    # -- labels

    def add_trade_label(
        self,
        when: Moment | None = None,
        side: Side = "buy",
        price: float | None = None,
        text: str = "",
        use_marker: bool = True,
        show_price_label: bool = True,
        show_price_stub: bool = True,
        stub_bars: int = 2,
        line_style: LineStyle = "dashed",
        line_width: int = 1,
    ) -> str:
        """Mark a trade at the bar of `when` (default: the latest), at `price` (default: that bar's close).

        An arrow with `text`, the price at the axis, and a stub of a line `stub_bars` long are each drawn
        unless told not to. The answer is the label's id. Raise `BadRequest` for a chart without bars, or a
        label that cannot be drawn.
        """
        bar = self._bar_at(when)
        label = Label(
            id=f"label:{id(self):x}:{next(self._numbers)}",
            time=bar.candle.time,
            side=side,
            price=bar.candle.close if price is None else float(price),
            text=text,
            use_marker=use_marker,
            show_price_label=show_price_label,
            show_price_stub=show_price_stub,
            stub_bars=stub_bars,
            line_style=line_style,
            line_width=line_width,
        )
        self.put(label)
        return label.id

    def put(self, mark: AnyMark) -> None:
        """Draw any mark, in the place of the one of its id."""
        self._call(lambda: self._book.put(mark))

    def remove(self, id: str) -> None:
        """Take a label away again; one that is gone is no error."""
        self._call(lambda: self._book.remove(id))

    def clear(self) -> None:
        """Take all marks away."""
        self._call(self._book.clear)

    @property
    def marks(self) -> list[AnyMark]:
        """All that is marked, in the order in which it was."""
        return self._book.snapshot()

    def _bar_at(self, when: Moment | None) -> Shown:
        """The bar of a time: the last one that had begun."""
        if not self._rows:
            raise BadRequest("the chart has no bars yet; a label needs one to stand at")
        time = max(self._rows) if when is None else moment(when)
        begun = [each for each in self._rows if each <= time]
        return self._rows[max(begun) if begun else min(self._rows)]

    # -- where it shows

    def to_html(self) -> str:
        """The chart as it is now, in one document that needs no network and no server."""
        rows = [self._rows[time] for time in sorted(self._rows)]
        return saved_page(rows, self.marks, self._about())

    def export_html(self, path: Path | str) -> Path:
        """Write `to_html` and give the path."""
        with replacing(Path(path)) as file:
            file.write(self.to_html().encode())
        return Path(path)

    def export_png(self, path: Path | str, width: int = 1280, height: int = 720) -> Path:
        """Write a picture and give the path; raise `SetupError` where no browser can draw it."""
        return photographed(self.to_html(), Path(path), width, height)

    def live(self, height: int = HEIGHT) -> "Frame":
        """The live page in a frame, for a notebook; raise `BadRequest` where no server shows this chart."""
        if not self.url:
            raise BadRequest("no server shows this chart; use the chart itself, or GUI(...).start()")
        joint = "&" if "?" in self.url else "?"
        return Frame(f'src="{html.escape(self.url + joint)}embed=1"', height)

    def _repr_html_(self) -> str:
        """What Jupyter shows: the chart as it is now, which stays in the notebook."""
        return Frame(f'sandbox="allow-scripts" srcdoc="{html.escape(self.to_html())}"')._repr_html_()

    def _about(self) -> dict[str, Any]:
        return {
            "title": self.title or "chart",
            "size": self.hub.size.name,
            "label": self.label,
            "seconds": self.hub.size.seconds,
            "zone": zone_name(self.hub.zone),
            "tick": self.min_tick,
        }


class Frame:
    """A frame in a notebook."""

    def __init__(self, attributes: str, height: int = HEIGHT) -> None:
        self._attributes = attributes
        self._height = height

    def _repr_html_(self) -> str:
        style = f"width:100%;height:{self._height}px;border:0"
        return f'<iframe style="{style}" title="chart" {self._attributes}></iframe>'

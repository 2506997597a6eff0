"""The live table of the main job: one row for each contract, drawn from the newest event of each kind."""

import asyncio
from dataclasses import dataclass, field

from rich import box
from rich.table import Table

from cli.stream import subscribe_ticks
from market import times
from market.broker import TickSubscription
from market.bus import EventBus
from market.events import Bar, DataType, Quote, Tick
from market.instrument import Instrument

BAR = "1m open high low close"
COLUMNS = ("contract", "venue", "data", "last", "bid", "ask", BAR, "ticks", "UTC")
NUMBERS = ("last", "bid", "ask", "ticks")
WIDE = 110
LABEL_STYLE = {"SIMULATED": "black on cyan", "PAPER": "black on yellow", "LIVE": "white on red"}


@dataclass(slots=True)
class Row:
    """What is known of one contract now."""

    instrument: Instrument
    reason: str = ""
    subscriptions: list[TickSubscription] = field(default_factory=list)
    last: float | None = None
    bid: float | None = None
    ask: float | None = None
    bar: Bar | None = None
    ticks: int = 0
    time: int | None = None
    data_types: dict[type[Tick], DataType] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)

    @property
    def note(self) -> str:
        """What was refused, and what the streams say of themselves by now."""
        said = dict.fromkeys(filter(None, (self.reason, *(each.note for each in self.subscriptions))))
        return "; ".join(said)


class LiveTable:
    """Keeps the latest of every contract (its overflow policy is `latest`) and renders on demand."""

    def __init__(self, bus: EventBus, label: str) -> None:
        self.rows: dict[int, Row] = {}
        self.first_tick = asyncio.Event()
        self._label = label
        subscribe_ticks(bus, self._on_tick)
        bus.subscribe(Bar, self._on_bar)

    def add(self, subscription: TickSubscription) -> None:
        """Give a subscribed contract its row."""
        instrument = subscription.instrument
        row = self.rows.setdefault(instrument.contract_id, Row(instrument))
        row.subscriptions.append(subscription)

    def explain(self, instrument: Instrument, reason: str) -> None:
        """Say in its row why a contract has no data."""
        self.rows.setdefault(instrument.contract_id, Row(instrument)).reason = reason

    @property
    def ticks(self) -> int:
        """How many ticks came, over all rows."""
        return sum(row.ticks for row in self.rows.values())

    def _on_tick(self, tick: Tick) -> None:
        row = self.rows.get(tick.contract_id)
        if row is None:
            return
        row.ticks += 1
        self.first_tick.set()
        row.time, row.data_types[type(tick)] = tick.time, tick.data_type
        row.sources.add(tick.source)
        if isinstance(tick, Quote):
            row.bid, row.ask = tick.bid, tick.ask
        else:
            row.last = tick.price

    def _on_bar(self, bar: Bar) -> None:
        row = self.rows.get(bar.contract_id)
        if row is not None and bar.size == "1m":
            row.bar = bar

    def render(self, width: int = WIDE) -> Table:
        """The table as it stands; a price is never cut, so in a narrow terminal the bar is left out."""
        title = f"truetick  [{LABEL_STYLE[self._label]}] {self._label} [/]"
        table = Table(
            title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
        )
        names = [name for name in COLUMNS if width >= WIDE or name != BAR]
        for name in names:
            table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=True)
        for row in self.rows.values():
            texts = cells(row)
            table.add_row(*(texts[name] for name in names))
        notes = [f"{row.instrument.ticker}: {row.note}" for row in self.rows.values() if row.note]
        table.caption, table.caption_justify = "\n".join(notes), "left"
        return table

    def line(self) -> str:
        """All rows in one line, where no table can be drawn."""
        return f"{self._label}  " + "  ".join(map(_in_words, self.rows.values()))


def cells(row: Row) -> dict[str, str]:
    """The text of each column."""
    texts = (
        row.instrument.ticker,
        row.instrument.primary_exchange or row.instrument.exchange,
        data_label(row),
        _price(row.last),
        _price(row.bid),
        _price(row.ask),
        _bar(row.bar),
        str(row.ticks),
        "" if row.time is None else times.iso(row.time)[11:19],
    )
    return dict(zip(COLUMNS, texts, strict=True))


def _bar(bar: Bar | None) -> str:
    if bar is None:
        return ""
    delayed = "" if bar.data_type is DataType.LIVE else f" {bar.data_type.label}"
    return f"{bar.open:g} {bar.high:g} {bar.low:g} {bar.close:g}{'' if bar.final else ' ..'}{delayed}"


def data_label(row: Row) -> str:
    """How fresh trades and quotes are, and that they come from the market-data line where they do."""
    if not row.data_types:
        return "no data yet"
    labels = "/".join(each.label for each in sorted(set(row.data_types.values())))
    return labels + ("" if "tbt" in row.sources else " l1")


def _in_words(row: Row) -> str:
    if not row.ticks:
        return f"{row.instrument.ticker} no data yet{f': {row.note}' if row.note else ''}"
    price = row.bid if row.last is None else row.last
    return f"{row.instrument.ticker} {data_label(row)} {_price(price)} ({row.ticks} ticks)"


def _price(value: float | None) -> str:
    return "-" if value is None else f"{value:.10g}"

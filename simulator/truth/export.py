"""Write what happened: the market's rows hour by hour, so that a week takes no more memory than an hour."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pyarrow as pa

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours
from market.times import DAY, SECOND, iso
from simulator.gateway.moments import moments
from simulator.model.api import MarketModel
from simulator.stream import Stream
from simulator.truth import rules
from simulator.truth.journal import Journal, Subscription
from simulator.truth.rules import Rule
from simulator.truth.tables import COLUMNS, Row, sheet

FORMAT = 2
MANIFEST = "manifest.json"
_HOUR = 3_600 * SECOND


def prepare(folder: Path) -> None:
    """Make sure that an export can be written to `folder`; raise `BadRequest` when something is in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest(f"{folder} is not empty; give --truth a new directory")
    folder.mkdir(parents=True, exist_ok=True)


def export(
    journal: Journal, folder: Path, about: Mapping[str, object], tables: Collection[str] = tuple(COLUMNS)
) -> None:
    """Write the tables and the manifest; `about` (seed, speed ...) goes into the latter.

    The same seed, requests and driven clock give the same bytes. Raise `BadRequest` when `folder` is not
    empty.
    """
    prepare(folder)
    end = journal.services.clock.now()
    subscriptions = journal.subscriptions(end)
    writer = _Rows(journal, subscriptions, end)
    files = {}
    for name in tables:
        path = folder / f"{name}.parquet"
        with sheet(path, name) as rows:
            for row in writer.of(name):
                rows.add(row)
        files[path.name] = {"rows": rows.count, "sha256": _digest(path)}
    manifest = {
        "format": FORMAT,
        "source": journal.services.model.source.name,
        "feed": journal.services.options.feed,
        "start": iso(journal.start),
        "end": iso(end),
        "versions": {"truetick": _version("truetick"), "pyarrow": pa.__version__},
        **about,
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


@dataclass
class _Rows:
    journal: Journal
    subscriptions: list[Subscription]
    end: int

    def of(self, name: str) -> Iterator[Row]:
        """The rows of one table."""
        makers = {
            "subscriptions": self._subscriptions,
            "trades": self._trades,
            "quotes": self._quotes,
            "lines": self._lines,
            "bars": self._bars,
            "orders": lambda: self.journal.order_rows(self.end),
            "requests": self.journal.request_rows,
            "incidents": self._incidents,
        }
        return makers[name]()

    @property
    def _model(self) -> MarketModel:
        return self.journal.services.model

    def _contracts(self, kind: str, *what: str) -> list[int]:
        return sorted(
            {s.contract_id for s in self.subscriptions if s.kind == kind and (not what or s.what in what)}
        )

    def _ranges(self, length: int) -> Iterator[tuple[int, int]]:
        """From the gateway's start to the end, cut at multiples of `length`."""
        start = self.journal.start
        while start < self.end:
            stop = min(self.end, (start // length + 1) * length)
            yield start, stop
            start = stop

    def _subscriptions(self) -> Iterator[Row]:
        for each in self.subscriptions:
            yield tuple(getattr(each, name) for name in COLUMNS["subscriptions"])

    def _trades(self) -> Iterator[Row]:
        for number in self._contracts("ticks", "Last", "AllLast"):
            for span in self._ranges(_HOUR):
                for t in self._model.trades(number, *span):
                    rule = rules.of_trade(t.last)
                    yield (
                        *(number, t.time, t.price, t.size, t.venue, t.conditions),
                        *(t.past_limit, t.unreported, t.last, rule.servable, rule.text),
                    )

    def _quotes(self) -> Iterator[Row]:
        rule = Rule.WHOLE_SECONDS
        for number in self._contracts("ticks", "BidAsk", "MidPoint"):
            for span in self._ranges(_HOUR):
                for q in self._model.quotes(number, *span):
                    yield (
                        *(number, q.time, q.bid, q.ask, q.bid_size, q.ask_size),
                        *(rule.servable, rule.text),
                    )

    def _lines(self) -> Iterator[Row]:
        listings = {each.instrument.contract_id: each for each in self._model.listings}
        rule, feed = Rule.LINE_STATE, self.journal.services.options.feed
        for number in self._contracts("line"):
            fetch = moments(self._model, listings[number], feed)
            # Sampled as the stream samples it: a minute at a time.
            for span in self._ranges(Stream.CHUNK):
                for m in fetch(*span):
                    q, t = m.quote, m.trades[-1] if m.trades else None
                    yield (
                        *(number, m.time),
                        *((q.bid, q.ask, q.bid_size, q.ask_size) if q else (None,) * 4),
                        *((t.price, t.size, sum(each.size for each in m.trades)) if t else (None,) * 3),
                        *(rule.servable, rule.text),
                    )

    def _bars(self) -> Iterator[Row]:
        wanted = {
            (s.contract_id, s.size, s.what, s.hours)
            for s in self.subscriptions
            if s.kind in ("bars", "history")
        }
        for number, name, what, hours in sorted(wanted):
            size = BarSize.parse(name)
            data: str = "TRADES" if what in ("ADJUSTED_LAST", "AGGTRADES") else what
            within: Hours = "rth" if hours == "rth" else "all"
            for start, stop in self._days(size):
                for b in self._model.bars(number, size, data, within, start, stop, self.end):
                    complete = self._is_complete(number, size, b.start)
                    rule = rules.of_bar(size, b.start, self.end, complete=complete)
                    yield (
                        *(number, name, what, hours, b.start, b.open, b.high, b.low, b.close),
                        *(b.volume, b.average, b.count, complete, rule.servable, rule.text),
                    )

    def _is_complete(self, number: int, size: BarSize, start: int) -> bool:
        """Whether a bar is over; a day or longer is when no session of its time is open or still to come."""
        if size.intraday:
            return start + size.nanoseconds <= self.end
        return start + DAY <= self.end and not self._model.sessions(number, self.end, self.end + 1)

    def _days(self, size: BarSize) -> Iterator[tuple[int, int]]:
        """Ranges for bars that start from the gateway's start on; bars of a day and more come in one."""
        if size.intraday:
            return self._ranges(DAY)
        return iter([(self.journal.start // DAY * DAY, self.end)])

    def _incidents(self) -> Iterator[Row]:
        for each in getattr(self.journal.services, "incidents", ()):
            arguments = json.dumps(dict(each.arguments), sort_keys=True, default=str)
            yield each.time, each.fault, each.phase, arguments


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"

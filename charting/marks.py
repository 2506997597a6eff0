"""What is drawn on a chart beside its bars: labels of trades, price lines, orders, forecasts.

A book holds the marks of one contract. Each has an id: what comes later under it takes the place of what was.
Who shows a book takes its `snapshot` and then each change. Books belong to one event loop.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Prediction

LineStyle = Literal["solid", "dotted", "dashed"]
MOST = 2_000
"""Marks in a book; the oldest give way."""


class Mark(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The base. `time` is UTC nanoseconds, 0 where a mark belongs to no time."""

    id: str
    time: int = 0


class Label(Mark, frozen=True, kw_only=True, tag="label"):
    """A trade or signal at a bar: an arrow (`use_marker`), its price as text, and a stub of a line at it,
    `stub_bars` long.
    """

    side: Literal["buy", "sell", "signal"]
    price: float
    text: str = ""
    use_marker: bool = True
    show_price_label: bool = True
    show_price_stub: bool = True
    stub_bars: int = 2
    line_style: LineStyle = "dashed"
    line_width: int = 1


class PriceLine(Mark, frozen=True, kw_only=True, tag="price_line"):
    """A line across the whole chart, with its text at the price axis."""

    price: float
    text: str = ""
    side: Literal["buy", "sell", ""] = ""
    line_style: LineStyle = "dashed"
    line_width: int = 1


class OrderMark(Mark, frozen=True, kw_only=True, tag="order"):
    """An order that no broker has: of a script, a replay or a strategy on paper. Words are IB's."""

    side: Literal["BUY", "SELL"]
    order_type: str
    quantity: float
    status: str
    filled: float = 0.0
    price: float | None = None
    time_in_force: str = "DAY"


class Step(msgspec.Struct, frozen=True):
    """One bar ahead: the median of its close, and the ranges that it lies in by half and nine tenths."""

    time: int
    median: float
    low_50: float | None = None
    high_50: float | None = None
    low_90: float | None = None
    high_90: float | None = None


class Forecast(Mark, frozen=True, kw_only=True, tag="forecast"):
    """What a model expected when the bar at `time` was the last that it knew; steps in order of time."""

    model: str
    size: str
    steps: tuple[Step, ...]


AnyMark = Label | PriceLine | OrderMark | Forecast
Change = AnyMark | str | None
"""A mark that is new or another now, the id of one that is gone, `None` when all are."""

Listener = Callable[[Change], None]


class MarkBook:
    """The marks of one contract."""

    def __init__(self) -> None:
        self._marks = OrderedDict[str, AnyMark]()
        self._listeners = list[Listener]()

    def put(self, mark: AnyMark) -> None:
        """Draw a mark, in place of the one of its id; raise `BadRequest` for what cannot be drawn."""
        try:
            msgspec.json.decode(msgspec.json.encode(mark), type=AnyMark)
        except msgspec.ValidationError as error:
            raise BadRequest(f"mark {mark.id!r} cannot be drawn: {error}") from None
        self._marks.pop(mark.id, None)
        self._marks[mark.id] = mark
        self._tell(mark)
        if len(self._marks) > MOST:
            self.remove(next(iter(self._marks)))

    def remove(self, id: str) -> None:
        """Take a mark away; one that is not there is no error."""
        if self._marks.pop(id, None) is not None:
            self._tell(id)

    def clear(self) -> None:
        """Take all away."""
        self._marks.clear()
        self._tell(None)

    def snapshot(self) -> list[AnyMark]:
        """All marks, in the order in which they were put."""
        return list(self._marks.values())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have each change; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)


class MarkBooks:
    """The books of all contracts, each made when it is first asked for."""

    def __init__(self) -> None:
        self._books = dict[int, MarkBook]()

    def of(self, contract_id: int) -> MarkBook:
        """The book of a contract."""
        return self._books.setdefault(contract_id, MarkBook())

    def predicted(self, event: Prediction) -> None:
        """Take in a forecast; a model's later word on the same bar takes its place."""
        steps, size = steps_of(event), BarSize.parse(event.size).nanoseconds
        id, last = f"forecast:{event.model}:{event.size}:{event.time}", event.last or event.time - size
        mark = Forecast(id=id, time=last, model=event.model, size=event.size, steps=steps)
        self.of(event.contract_id).put(mark)


def steps_of(event: Prediction) -> tuple[Step, ...]:
    """A prediction as it is drawn, bar by bar; without quantiles its close stands for the median.

    >>> path = ((8, 9, 9.4, 10, 11), (7, 8, 9.3, 11, 12))
    >>> levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    >>> event = Prediction(1, "SMART", 60, 0, "1m", 9, 9, 9, 9.5, None, "m", levels, path=path)
    >>> [step.high_90 for step in steps_of(event)]
    [11, 12]
    """
    rows = event.path or ((event.closes,) if event.closes else ())
    if not rows:
        return (Step(event.time, event.close),)
    size = BarSize.parse(event.size).nanoseconds
    return tuple(_step(event.time + n * size, event.levels, row) for n, row in enumerate(rows))


def _step(time: int, levels: Sequence[float], row: Sequence[float]) -> Step:
    at = dict(zip(levels, row, strict=True))
    return Step(time, at[0.5], at.get(0.25), at.get(0.75), at.get(0.05), at.get(0.95))

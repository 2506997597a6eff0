"""A surface as tests see it: messages in, what is known and the colours of places out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from playwright.sync_api import Page

from market.times import iso

ORIGIN = "http://surface.test"
START = 1_767_623_400_000
"""2026-01-05 14:30 UTC in milliseconds, as times are here."""

Levels = Mapping[float, float]
BIDS = {100.00 - 0.01 * level: 100.0 for level in range(10)}
ASKS = {100.01 + 0.01 * level: 100.0 for level in range(10)}


class Colour(NamedTuple):
    """A pixel."""

    red: int
    green: int
    blue: int

    @property
    def light(self) -> float:
        """How bright it looks, 0 to 255."""
        return 0.2126 * self.red + 0.7152 * self.green + 0.0722 * self.blue

    @property
    def grey(self) -> bool:
        """Whether it has hardly any hue."""
        return max(self) - min(self) < 20


class Driven:
    """The surface on a page; times are milliseconds since `START`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def handle(self, *messages: Mapping[str, Any]) -> None:
        """Give it messages and let it draw."""
        self.page.evaluate(
            "list => { for (const each of list) surface.handle(each); surface.draw() }", messages
        )

    def show(self, at: float, bids: Levels = BIDS, asks: Levels = ASKS, **more: Any) -> None:
        """A book of prices with their sizes."""
        self.handle(book(at, bids, asks, **more))

    def wait(self, until: float) -> None:
        """Time goes on without any message."""
        self.page.evaluate("time => { clock.time = time; surface.draw() }", START + until)

    def do(self, script: str) -> Any:
        """Run a script and let it draw."""
        found = self.page.evaluate(script)
        self.page.evaluate("surface.draw()")
        return found

    def cell(self, at: float, price: float) -> dict[str, Any]:
        """What it knows of a price at a moment."""
        found: dict[str, Any] = self.page.evaluate(
            "([time, price]) => surface.cell(time, price)", [START + at, price]
        )
        return found

    def colour(self, at: float, price: float) -> Colour:
        """What the canvas shows there."""
        red, green, blue = self.page.evaluate(
            """([time, price]) => {
              const { x, y } = surface.placeOf(time, price);
              const ratio = surface.canvas.width / surface.canvas.clientWidth;
              const pixel = surface.canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1);
              return [...pixel.data].slice(0, 3);
            }""",
            [START + at, price],
        )
        return Colour(red, green, blue)

    def place(self, at: float, price: float) -> tuple[float, float]:
        """Where that is on the page."""
        found = self.page.evaluate("([t, p]) => surface.placeOf(t, p)", [START + at, price])
        box = self.page.locator("canvas").bounding_box()
        assert box
        return box["x"] + found["x"], box["y"] + found["y"]

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()


def time(at: float) -> str:
    """As the server writes it."""
    return iso(int((START + at) * 1_000_000))


def book(at: float, bids: Levels, asks: Levels, *, since: float = 0, smart: bool = False) -> dict[str, Any]:
    """A `depth` message."""
    data = {"bids": _rows(bids), "asks": _rows(asks), "since": time(since), "smart": smart}
    return {"type": "depth", "contract_id": 1, "timestamp": time(at), "data": data}


def trade(at: float, price: float, size: float, source: str = "tbt") -> dict[str, Any]:
    """A `tick` message."""
    data = {"type": "last", "price": price, "size": size, "source": source, "unix_time": (START + at) // 1000}
    return {"type": "tick", "contract_id": 1, "timestamp": time(at), "data": data}


def news(kind: str, at: float, **more: Any) -> dict[str, Any]:
    """What a stream of depth says of itself."""
    return {"type": kind, "contract_id": 1, "timestamp": time(at), "topic": "depth:1", **more}


def _rows(levels: Levels) -> Sequence[Mapping[str, Any]]:
    return [{"price": round(price, 4), "size": size, "market_maker": ""} for price, size in levels.items()]

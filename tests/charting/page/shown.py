"""The page as tests see it: keys in, what it knows and shows out. Its policy forbids scripts made of text, so
everything is asked by way of the browser's own debugging."""

import time
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

LONG = 30.0
ALLOWED = ("Failed to load resource", "net::ERR")
"""What the browser itself says of a server that is away; all else is a fault of the page."""


class Shown:
    """A page of the server at `url`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems = list[str]()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self._said(said.type, said.text))

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(each in text for each in ALLOWED):
            self.problems.append(text)

    def open(self, path: str = "/chart/AAPL") -> "Shown":
        """Go there and wait for bars."""
        self.page.goto(self.url + path)
        return self.ready()

    def ready(self) -> "Shown":
        """Wait until bars are drawn and the stream is there."""
        self.until("window.truetick?.ready && truetick.bars.list.length > 3 && truetick.chart.drawn.size > 3")
        self.until("document.querySelector('#line').dataset.state === 'live'")
        return self

    def ask(self, script: str, argument: object = None) -> Any:
        """The value of an expression; `argument` is `it`."""
        return self.page.evaluate(f"it => ({script})", argument)

    def until(self, script: str, seconds: float = LONG) -> float:
        """Wait until an expression is true; how long that took."""
        began = time.monotonic()
        while not self.ask(script):
            passed = time.monotonic() - began
            assert passed < seconds, f"not within {seconds:g} s: {script}; {self.text('body')[:600]}"
            self.page.wait_for_timeout(20)
        return time.monotonic() - began

    def keys(self, *keys: str) -> None:
        """Press them, one after the other."""
        for each in keys:
            self.page.keyboard.press(each)

    def text(self, selector: str) -> str:
        """What stands there."""
        return self.page.locator(selector).first.inner_text()

    def finals(self) -> dict[int, Sequence[float]]:
        """The settled bars: open, high, low, close and volume by time."""
        values = "[b.time, b.open, b.high, b.low, b.close, b.volume]"
        found = self.ask(f"truetick.bars.list.filter(b => b.final).map(b => {values})")
        return {row[0]: row[1:] for row in found}

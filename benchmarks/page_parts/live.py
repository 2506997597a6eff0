"""The page before the product's own server: first paint, frames and lateness under load, heap over time."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page

from market.errors import SetupError

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("probe.js").read_text()
START_SECONDS = 60
MEGABYTE = 1e6


class Server:
    """The server's process; `rate` sets how many trades a second it streams beside the market's own."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url

    def rate(self, trades: int) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{trades}\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def served() -> Iterator[Server]:
    """A server that runs for as long as the block; raise `SetupError` where it does not start."""
    command = [sys.executable, "-m", "benchmarks.page_parts.server"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin
        assert child.stdout
        try:
            line = child.stdout.readline()
            if not line:
                raise SetupError("the server did not start; its words are above")
            yield Server(child, json.loads(line)["url"])
        finally:
            child.stdin.close()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()


@contextlib.contextmanager
def chart(browser: Browser, server: Server) -> Iterator[Page]:
    """The page with its first bars, its probe at work."""
    # The page's policy lets no probe evaluate text.
    page = browser.new_page(viewport={"width": 1500, "height": 820}, bypass_csp=True)
    try:
        page.add_init_script(PROBE)
        page.goto(f"{server.url}/chart/AAPL", timeout=1000 * START_SECONDS)
        page.wait_for_function(
            "window.truetick?.ready && truetick.bars.list.length > 100 && truetick.surface.book",
            timeout=1000 * START_SECONDS,
        )
        page.evaluate("probe.watch()")
        yield page
    finally:
        page.close()


def first_paint(browser: Browser, server: Server, bars: int, times: int) -> dict[str, Any]:
    """Milliseconds from bars in memory to bars on screen, each time on a page of its own."""
    spent = []
    for _ in range(times):
        with chart(browser, server) as page:
            spent.append(page.evaluate("count => probe.fill(count)", bars))
    return {
        "bars": spent[0]["bars"],
        "ms": round(median(each["ms"] for each in spent), 1),
        "worst_ms": round(max(each["ms"] for each in spent), 1),
    }


def under_load(browser: Browser, server: Server, bars: int, rate: int, seconds: float) -> dict[str, Any]:
    """Frames a second, messages a second, and how old ticks are once they are applied."""
    with chart(browser, server) as page:
        page.evaluate("count => probe.fill(count)", bars)
        server.rate(rate)
        page.wait_for_timeout(3000)
        page.evaluate("probe.begin()")
        before = _processor_seconds(browser)
        page.wait_for_timeout(1000 * seconds)
        found = page.evaluate("({ ...probe.found })")
        spent = _processor_seconds(browser) - before
        server.rate(0)
    frames, lags = found["frames"], found["applied"]
    between = [b - a for a, b in pairwise(frames)]
    span = (frames[-1] - frames[0]) / 1000
    return {
        "bars": bars,
        "fps": round(len(between) / span, 1),
        "worst_frame_ms": round(max(between), 1),
        "browser_cores": round(spent / span, 2),
        "received_per_second": round(found["received"] / span),
        "p50_ms": round(median(lags), 1),
        "p99_ms": round(quantiles(lags, n=100)[-1], 1),
        "frame_over_p99_ms": round(quantiles(found["over"], n=100)[-1], 1),
    }


def _processor_seconds(browser: Browser) -> float:
    """What all processes of the browser have used: on a busy machine it says more than frames do."""
    tools = browser.new_browser_cdp_session()
    total: float = sum(each["cpuTime"] for each in tools.send("SystemInfo.getProcessInfo")["processInfo"])
    tools.detach()
    return total


def heap(browser: Browser, server: Server, rate: int, seconds: float) -> dict[str, Any]:
    """Megabytes in use after a collection, at each tenth of the time.

    What has grown counts from the middle on: in five minutes the surface's columns are full.
    """
    with chart(browser, server) as page:
        tools = page.context.new_cdp_session(page)

        def used() -> float:
            tools.send("HeapProfiler.collectGarbage")
            size: float = tools.send("Runtime.getHeapUsage")["usedSize"]
            return size / MEGABYTE

        server.rate(rate)
        sizes = []
        for _ in range(10):
            page.wait_for_timeout(100 * seconds)
            sizes.append(round(used(), 2))
        server.rate(0)
    return {
        "minutes": round(seconds / 60, 2),
        "messages_per_second": rate,
        "mb": sizes,
        "grown_mb": round(sizes[-1] - sizes[len(sizes) // 2 - 1], 2),
    }

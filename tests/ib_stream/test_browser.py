"""The specification's page in a real browser: over a line that breaks, and over a restart of the server."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from market.times import SECOND, parse
from simulator.model import generated
from tests.ib_stream.proxy import Proxy
from tests.ib_stream.serving import AAPL, LONG, Running, gateway, serving
from tests.ib_stream.test_examples import JAVASCRIPT, check, example

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: sudo apt-get install chromium")
MARKET = generated(seed=1, feed="consistent", always_open=True)
NOTES = """
window.seen = [];
window.EventSource = class extends EventSource {
    constructor(url) {
        super(url);
        window.source = this;
        this.addEventListener("message", (event) => seen.push([event.lastEventId, event.data]));
    }
};
"""
"""Notes what comes, for whatever example runs after it."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def run(page: Page, web: Running, port: int, *, limit: int) -> None:
    """Run the example on a page of the server, which is behind `port`."""
    text = example("javascript", JAVASCRIPT, web).replace(web.url, f"http://127.0.0.1:{port}")
    page.goto(f"http://127.0.0.1:{port}/")
    page.evaluate(NOTES + text.replace("limit=5", f"limit={limit}"))


def until(page: Page, claim: str) -> None:
    page.wait_for_function(claim, timeout=LONG * 1000)


def seen(page: Page) -> list[dict[str, Any]]:
    """The events of the page; no id but an empty one came twice."""
    found: list[tuple[str, str]] = page.evaluate("seen")
    ticks = [id for id, data in found if '"type":"tick"' in data]
    assert len(ticks) == len(set(ticks))
    return [json.loads(data) for _, data in found]


def told(events: list[dict[str, Any]]) -> dict[int, list[tuple[float, ...]]]:
    """The quotes of each second, in their order."""
    names = ("bid_price", "ask_price", "bid_size", "ask_size")
    found: dict[int, list[tuple[float, ...]]] = {}
    for tick in (event["data"] for event in events if event["type"] == "tick"):
        found.setdefault(tick["unix_time"], []).append(tuple(tick[name] for name in names))
    return found


def truth(first: int, last: int) -> dict[int, list[tuple[float, ...]]]:
    """What there was to be told in the seconds [first, last): the same market, made here once more. A change
    that leaves prices and sizes as they were is none.
    """
    found: dict[int, list[tuple[float, ...]]] = {second: [] for second in range(first, last)}
    before: tuple[float, ...] = ()
    for each in MARKET.quotes(AAPL, (first - 60) * SECOND, last * SECOND):
        quote = (each.bid, each.ask, each.bid_size, each.ask_size)
        if quote != before and each.time // SECOND in found:
            found[each.time // SECOND].append(quote)
        before = quote
    return found


def in_a_gap(events: list[dict[str, Any]], second: int) -> bool:
    gaps = [(parse(each["from"]), parse(each["to"])) for each in events if each["type"] == "gap"]
    return any(start < (second + 1) * SECOND and second * SECOND < end for start, end in gaps)


def test_the_example_prints_and_ends_for_good(web: Running, page: Page) -> None:
    printed, asked = list[str](), list[str]()
    # All but that there is no picture for the tab.
    page.on("console", lambda said: printed.append(said.text) if said.type == "log" else None)
    page.on("request", lambda request: asked.append(request.url))
    run(page, web, int(web.url.rpartition(":")[2]), limit=5)
    until(page, "source.readyState === 2 && seen.some(([, data]) => data.includes('complete'))")
    check("\n".join(printed))
    assert len([url for url in asked if "/stream/" in url]) == 1


def test_a_page_that_does_not_close_is_not_served_again(web: Running, page: Page) -> None:
    page.goto(web.url)
    page.evaluate(f"{NOTES} new EventSource('/stream/{AAPL}/BidAsk?limit=1')")
    # It comes back by itself with the last id, and learns that there is no more.
    until(page, "source.readyState === 2")
    assert [each["type"] for each in seen(page) if each["type"] != "info"] == ["tick", "complete"]


def test_a_line_that_breaks_costs_no_tick_and_doubles_none(web: Running, page: Page) -> None:
    port = int(web.url.rpartition(":")[2])
    with Proxy(port).running() as proxy:
        run(page, web, proxy.port, limit=10_000)
        until(page, "seen.length > 10")
        proxy.cut(port)
        until(page, "source.readyState === 0")
        until(page, "source.readyState === 1")
        until(page, f"seen.length > {len(seen(page)) + 10}")
        events = seen(page)
        page.evaluate("source.close()")
    quotes = told(events)
    assert not [each for each in events if each["type"] == "gap"]
    for second, expected in truth(min(quotes) + 1, max(quotes)).items():
        assert quotes.get(second, []) == expected


def test_over_a_restart_every_tick_comes_once_or_is_in_a_gap(tmp_path: Path, page: Page) -> None:
    with gateway() as tws, Proxy(None).running() as proxy:
        with serving(tmp_path, tws.port) as web:
            proxy.cut(int(web.url.rpartition(":")[2]))
            run(page, web, proxy.port, limit=10_000)
            until(page, "seen.length > 10")
        until(page, "source.readyState === 0")
        with serving(tmp_path, tws.port, wait=False) as web:
            proxy.cut(int(web.url.rpartition(":")[2]))
            until(page, "source.readyState === 1")
            until(page, f"seen.length > {len(seen(page)) + 20}")
            events = seen(page)
            page.evaluate("source.close()")
        quotes = told(events)
        gaps = 0
        for second, expected in truth(min(quotes) + 1, max(quotes)).items():
            found = quotes.get(second, [])
            if in_a_gap(events, second):
                gaps += 1
                assert not Counter(found) - Counter(expected)
            else:
                assert found == expected
    assert gaps

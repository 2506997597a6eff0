"""A surface in a browser that fetches nothing: its files come from the folders of the project."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from charting.assets import assets
from tests.charting.page.surface.driven import ORIGIN, Driven

HERE = Path(__file__).parent


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[[str], Driven]]:
    """A surface with options in its address; a script that fails, fails the test."""
    pages = list[Page]()
    problems = list[str]()

    def open_(query: str = "") -> Driven:
        page = chromium.new_page(viewport={"width": 440, "height": 520})
        pages.append(page)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.route(f"{ORIGIN}/**", _answer)
        page.goto(f"{ORIGIN}/tests/harness.html{query}")
        page.wait_for_function("window.surface")
        return Driven(page)

    yield open_
    for page in pages:
        page.close()
    assert problems == []


@pytest.fixture
def surface(opened: Callable[[str], Driven]) -> Driven:
    """A dark surface of contract 1."""
    return opened("")


def _answer(route: Route) -> None:
    name = route.request.url.removeprefix(f"{ORIGIN}/").partition("?")[0]
    if name.startswith("tests/"):
        route.fulfill(path=HERE / name.removeprefix("tests/"), content_type=_TYPES[Path(name).suffix])
    elif asset := assets().get(name):
        route.fulfill(body=asset.body, content_type=asset.media_type)
    else:
        route.fulfill(status=404)


_TYPES = {".html": "text/html", ".js": "text/javascript"}

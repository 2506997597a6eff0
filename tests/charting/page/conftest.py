"""One server over a simulated gateway and one browser for the tests of a module, a page for each test."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from simulator.gateway.server import GatewayThread
from tests.charting.page.shown import Shown
from tests.ib_stream.serving import Running, gateway, serving

ELSEWHERE = "market.example.com"
"""By this name the server takes its caller for another machine."""

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="module")
def tws() -> Iterator[GatewayThread]:
    with gateway() as running:
        yield running


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("served"), tws.port, connects_per_minute="100000") as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser."""
    if CHROMIUM is None:
        pytest.skip("no chromium; type: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"],
        )
        yield browser
        browser.close()


@pytest.fixture
def shown(web: Running, chromium: Browser) -> Iterator[Shown]:
    """A page of a new visitor; what it complains of, or its policy does, fails the test."""
    context = chromium.new_context(viewport={"width": 1400, "height": 800}, accept_downloads=True)
    found = Shown(context.new_page(), web.url)
    yield found
    context.close()
    assert found.problems == []

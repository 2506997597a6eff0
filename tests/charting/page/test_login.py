"""The page on another machine than the server's: it asks for the token, once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from simulator.gateway.server import GatewayThread
from tests.charting.page.conftest import ELSEWHERE
from tests.charting.page.shown import Shown
from tests.ib_stream.serving import Running, serving

TOKEN = "a-token-of-the-tests-0123"


@pytest.fixture(scope="module")
def guarded(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("guarded")
    many = "100000"
    with serving(folder, tws.port, token=TOKEN, hosts=ELSEWHERE, connects_per_minute=many) as running:
        yield running


def test_another_machine_gives_the_token_once_and_no_script_can_read_it(
    guarded: Running, chromium: Browser
) -> None:
    context = chromium.new_context()
    shown = Shown(context.new_page(), guarded.url.replace("127.0.0.1", ELSEWHERE))
    shown.page.goto(shown.url + "/chart/AAPL")
    dialog = shown.page.get_by_role("dialog", name="Token")
    dialog.get_by_label("Token").fill("another one")
    shown.keys("Enter")
    dialog.get_by_text("that is not the token").wait_for()
    assert shown.ask("truetick.ready") is False
    dialog.get_by_label("Token").fill(TOKEN)
    shown.keys("Enter")
    shown.ready()
    assert dialog.is_hidden()
    assert shown.ask("document.cookie + JSON.stringify(localStorage)").count(TOKEN) == 0
    shown.page.reload()
    shown.ready()
    assert dialog.is_hidden()
    context.close()
    assert shown.problems == []

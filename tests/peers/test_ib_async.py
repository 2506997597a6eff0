"""ib_async at every version it speaks, from connecting to a bracket."""

import pytest

from tests.peers.conftest import Peer, Serve

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


@pytest.mark.parametrize("version", [157, 163, 176, 178])
def test_ib_async_connects_looks_and_trades(serve: Serve, peer: Peer, version: int) -> None:
    report = peer("ib_async-2.1", "ib_async_day", serve(200), version)
    assert report["version"] == version
    assert not [line for line in report["log"] if "timed out" in line], report["log"]
    assert report["look"]["prices"]
    assert report["look"]["updated"]
    assert report["look"]["bars"] >= 60
    trade = report["trade"]
    assert trade["filled"] == "Filled"
    assert trade["what_if"] > 0
    assert trade["commission"] > 0
    assert trade["bracket"] == ["Filled", "Filled", "Cancelled"]

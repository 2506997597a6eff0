"""IB's own client, both generations, at the versions they speak: every request is answered."""

import pytest

from tests.peers.conftest import Peer, Serve

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

# Clients below 163 cannot read fractional sizes: TWS refuses them what is traded in fractions.
TOO_OLD = {"quotes": "10285", "midpoints": "10285"}


@pytest.mark.parametrize(
    ("environment", "version"),
    [
        ("ibapi-9.81", 151),
        ("ibapi-9.81", 157),
        ("ibapi-10.46", 163),
        ("ibapi-10.46", 176),
        ("ibapi-10.46", 187),
        ("ibapi-10.46", 200),
    ],
)
def test_every_request_is_answered(serve: Serve, peer: Peer, environment: str, version: int) -> None:
    report = peer(environment, "ask_everything", serve(version))
    refused = {name: text.split()[0] for name, text in report["asks"].items() if text != "answered"}
    assert report["version"] == version
    assert report["complaints"] == []
    assert refused == (TOO_OLD if version < 163 else {}), report["asks"]

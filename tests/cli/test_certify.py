"""The command against simulated gateways: one as it is, one that a test has changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.app import main
from ib_api._ibapi import LIBRARY_MAX_VERSION
from ib_api.framing import frame, frames
from market.clock import RealClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Connection, GatewayThread, run_in_thread
from simulator.model import generated
from simulator.model.universe import Entitlement

# Each asks two gateways some fifty questions in their own time; a busy machine takes longer.
pytestmark = pytest.mark.timeout(120)

Change = Callable[[bytes], list[bytes]]


class Changed:
    """Passes a connection's messages on as `change` makes them."""

    def __init__(self, connection: Connection, change: Change) -> None:
        self._connection = connection
        self._change = change

    def send(self, data: bytes) -> None:
        payloads = (changed for payload in frames(data) for changed in self._change(payload))
        self._connection.transport.write(b"".join(map(frame, payloads)))


@contextmanager
def gateway(
    *,
    always_open: bool = True,
    version: int = 200,
    may: Entitlement | None = None,
    read_only: bool = False,
    change: Change | None = None,
) -> Iterator[GatewayThread]:
    model = generated(seed=9, feed="consistent", always_open=always_open, entitlement=may)
    options = GatewayOptions(server_version=version, read_only=read_only)
    with run_in_thread(model, RealClock(), options) as thread:
        if change is not None:
            thread.gateway.arrivals.append(lambda each: setattr(each, "detour", Changed(each, change)))
        yield thread


@pytest.fixture
def certify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], int]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IB_LOG_AUTOSETUP", "false")
    return lambda port: main(
        ["certify", "--port", str(port), "--seconds", "6", "--out", str(tmp_path / "found")]
    )


@pytest.mark.parametrize(
    ("always_open", "version", "entitlement"), [(True, 200, "delayed"), (False, 176, None)]
)
def test_two_simulated_gateways_do_not_differ_in_kind(
    certify: Callable[[int], int],
    tmp_path: Path,
    always_open: bool,
    version: int,
    entitlement: Entitlement | None,
) -> None:
    restricted = entitlement is not None
    with gateway(always_open=always_open, version=version, may=entitlement, read_only=restricted) as thread:
        assert certify(thread.port) == 0
        secrets = [thread.gateway.services.account, "1000000.00", "20000.00"]
    written = {path.name: path.read_text() for path in (tmp_path / "found").iterdir()}
    assert written.keys() == {"page.md", "simulated.txt", "transcript.txt"}
    assert "Differences: 0." in written["page.md"], written["page.md"]
    assert f"server version: {min(version, LIBRARY_MAX_VERSION)}" in written["transcript.txt"]
    account = [
        line for line in written["transcript.txt"].splitlines() if "account" in line or "position" in line
    ]
    assert len(account) > 100
    assert not [(secret, line) for secret in secrets for line in account if secret in line]


def test_what_another_gateway_does_differently_is_named(
    certify: Callable[[int], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(payload: bytes) -> list[bytes]:
        if payload.startswith(b"81\0"):
            return []
        if payload.startswith(b"4\0"):
            return [payload.replace(b"\000200\0", b"\000203\0")]
        return [payload + b"more\0"] if payload.startswith(b"88\0") else [payload]

    with gateway(change=change) as thread:
        certify(thread.port)
    said = capsys.readouterr().out.splitlines()
    assert "first bar of AAPL: first bar: extra 1 is text, simulated not there" in said
    assert "line of AAPL: line parameters: never came, simulated 1 times" in said
    assert "details of an unknown symbol: error 203: came 1 times, simulated never" in said


def test_a_folder_that_exists_is_left_as_it_is(certify: Callable[[int], int], tmp_path: Path) -> None:
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "page.md").write_text("mine")
    assert certify(1) == 2
    assert (tmp_path / "found" / "page.md").read_text() == "mine"


def test_without_a_gateway_nothing_is_left_behind(certify: Callable[[int], int], tmp_path: Path) -> None:
    assert certify(1) == 3
    assert not (tmp_path / "found").exists()


def test_it_says_first_what_it_will_do(
    certify: Callable[[int], int], capsys: pytest.CaptureFixture[str]
) -> None:
    certify(1)
    said = capsys.readouterr().err
    assert "It places, changes and cancels no order" in said
    assert "127.0.0.1:1" in said

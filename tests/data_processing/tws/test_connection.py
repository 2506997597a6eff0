from pathlib import Path

import pytest

from data_processing.tws.connection import TwsConnection, settings_of
from ib_api.errors import NotConnected, PortRefused
from tests.data_processing.tws.gateway import connected


def test_it_says_which_gateway_it_is(port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with connected(tmp_path, port, client_id=7) as connection:
        assert connection.label == "SIMULATED"
    assert f"SIMULATED account DUSIMC1H24 (127.0.0.1:{port})" in capsys.readouterr().err


def test_without_a_gateway_named_anywhere_it_is_the_simulated_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("IB_SIM", "IB_HOST", "IB_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert settings_of({}).simulated
    assert not settings_of({"port": 7497}).simulated
    monkeypatch.setenv("IB_PORT", "4002")
    assert not settings_of({}).simulated


def test_an_embedded_gateway_lives_and_ends_with_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IB_SIM", "1")
    connection = TwsConnection()
    assert connection.ib.resolve("AAPL").contract_id == 265598
    connection.disconnect()
    connection.disconnect()
    with pytest.raises(NotConnected):
        connection.ib.now()


def test_a_gateway_that_does_not_answer_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(PortRefused), connected(tmp_path, 1):
        pass

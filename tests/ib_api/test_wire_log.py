import re
import stat
from pathlib import Path

import pytest

from ib_api import IBCallbacks, IBConnector
from ib_api.errors import PortRefused
from ib_api.ib_broker import IBBroker
from ib_api.ib_requests import IBRequests
from ib_api.wire_log import WireLog, readable
from market.errors import SetupError
from market.times import parse
from tests.ib_api.answering import NOW, VERSION, gateway_of
from tests.ib_api.gateway import Gateway, message

TIME = parse("2026-01-09T14:30:00.25Z")


def written(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_both_directions_are_written_without_account_numbers(tmp_path: Path) -> None:
    path = tmp_path / "new" / "wire.log"
    log = WireLog(path, lambda: TIME)
    with Gateway(gateway_of({})) as gateway:
        connector = IBConnector(IBCallbacks(), wire_log=log)
        connector.connect(port=gateway.port, timeout=5)
        assert IBRequests(connector).req_current_time().result(5) == NOW
        connector.disconnect()
    log.close()
    lines = written(path)
    assert (
        lines[0]
        == f"2026-01-09T14:30:00.25Z - connected to 127.0.0.1:{gateway.port}, server version {VERSION}"
    )
    assert lines[-1] == "2026-01-09T14:30:00.25Z - disconnected on request"
    texts = [line.split(" ", 1)[1] for line in lines]
    assert texts.index("> 49|1|") < texts.index(f"< 49|1|{NOW // 10**9}|")
    assert "< 15|1|ACCOUNT1|" in texts
    assert "DU1234567" not in path.read_text()


async def test_a_broker_writes_from_its_first_word_to_its_last_and_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wire.log"
    with Gateway(gateway_of({})) as gateway:
        broker = await IBBroker.open(port=gateway.port, timeout=5, wire_log=path)
        await broker.now()
        await broker.close()
    texts = [line.split(" ", 1)[1] for line in written(path)]
    assert texts[0].startswith("- connected to 127.0.0.1")
    assert any(text.startswith("> 71|2|1|") for text in texts)
    assert texts[-1] == "- disconnected on request"


async def test_a_broker_that_cannot_connect_closes_the_file_too(tmp_path: Path) -> None:
    with pytest.raises(PortRefused):
        await IBBroker.open(port=1, timeout=5, wire_log=tmp_path / "wire.log")
    assert (tmp_path / "wire.log").read_text() == ""


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "wire.log"
    WireLog(path, lambda: TIME).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"\x00\x00\x00\x0f1\0DU7654321,U12345\0", "15|1|ACCOUNT,ACCOUNT|"),
        (b"\x00\x00\x01\x0f\x08\x09\x12\x09DU7654321", "71 protobuf \\x08\\t\\x12\\tACCOUNT"),
        (b"\x00\x00\x00\x04-1\x00200\x00no\nline\xe9\0", "4|-1|200|no\\nline\\xe9|"),
    ],
)
def test_messages_of_newer_servers_are_one_line_each_and_redacted(payload: bytes, text: str) -> None:
    hide = re.compile(r"\b(DU7654321|U12345)\b")
    assert readable(payload, True, lambda found: hide.sub("ACCOUNT", found)) == text


def test_the_same_account_keeps_its_name_and_another_gets_another(tmp_path: Path) -> None:
    log = WireLog(tmp_path / "wire.log", lambda: TIME)
    for account in ("U111111", "DUSIMC1", "U111111", "DFP"):
        log.received(message(15, 1, account), False)
    log.close()
    assert [line.split("|")[2] for line in written(tmp_path / "wire.log")] == [
        "ACCOUNT1",
        "ACCOUNT2",
        "ACCOUNT1",
        "DFP",
    ]


def test_what_is_not_whole_yet_is_written_once_it_is(tmp_path: Path) -> None:
    class Reader:
        stopped = False

        def feed(self, lump: bytes) -> int:
            return 0 if len(lump) < 10 else len(lump)

    log = WireLog(tmp_path / "wire.log", lambda: TIME)
    data = message(49, 1, 1767969000)
    tap = log.tap(Reader(), False)
    assert [tap.feed(data[:8]), tap.feed(data)] == [0, len(data)]
    tap.stopped = True
    log.close()
    assert [line.split(" ", 2)[2] for line in written(tmp_path / "wire.log")] == ["49|1|1767969000|"]


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        WireLog(tmp_path, lambda: TIME)

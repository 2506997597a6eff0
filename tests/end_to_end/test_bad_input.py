"""Each slip gives one clear line that says what to do, and its own exit code; nothing stored is harmed."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import Call, Run


@contextlib.contextmanager
def listener(answer: bytes = b"") -> Iterator[int]:
    """A port that takes a connection, says `answer` and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            with contextlib.suppress(OSError):
                client, _ = server.accept()
                with client:
                    client.sendall(answer)
                    client.settimeout(20)
                    while client.recv(4096):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(20)


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def test_a_refused_port_is_told_with_the_way_to_go_on_without_tws(call: Call) -> None:
    done = call("check", "--port", "1")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "./run" in done.stderr


def test_a_port_that_never_answers_is_told_within_its_time_limit(call: Call) -> None:
    with listener() as port:
        done = call("check", "--port", str(port), "--timeout", "1")
    assert done.returncode == 3
    assert "nobody answers" in last_line(done.stderr)


def test_a_web_server_behind_the_port_is_recognised(run: Run) -> None:
    with listener(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as port:
        done = run("check", "--port", str(port))
    assert done.returncode == 3
    assert "web server" in last_line(done.stderr).lower()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("stream", "NOSUCHTHING", "--sim"), 5, "NOSUCHTHING"),
        (("stream", "AAPL@NOWHERE", "--sim"), 5, "AAPL@NOWHERE"),
        (("stream", "AAPL:JPY", "--sim"), 5, "AAPL:JPY"),
        (("stream", "ES", "--sim"), 5, "3 contracts are called 'ES'"),
        (("backfill", "AAPL", "--bar-size", "7m", "--sim"), 2, "1s 5s 10s"),
        (
            ("backfill", "AAPL", "--start", "2026-01-09", "--end", "2026-01-05", "--sim"),
            2,
            "turn the dates round",
        ),
        (("backfill", "AAPL", "--data-dir", "/proc/nowhere", "--sim"), 2, "/proc/nowhere"),
        (("stream", "AAPL", "--number", "0", "--sim"), 2, "--number 0"),
        (("data", "list"), 2, "which store"),
        (("data", "list", "--source", "ib"), 2, "ib"),
        (("check", "--port", "99999"), 2, "--port"),
        (("sim", "--replay", "AAPL"), 2, "SYMBOL=FILE"),
        (("sim", "--replay", "AAPL=nothere.csv"), 2, "nothere.csv"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_slip_has_its_code_and_its_line(
    call: Call, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = call(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_ambiguous_symbol_lists_its_candidates(call: Call) -> None:
    done = call("stream", "ES", "--sim")
    assert last_line(done.stderr).count("ES FUT") == 3


def test_a_client_id_in_use_is_told_with_what_to_do(call: Call, gateway_port: int) -> None:
    from ib_api import IBCallbacks, IBConnector

    holder = IBConnector(IBCallbacks())
    holder.connect("127.0.0.1", gateway_port, client_id=31)
    try:
        done = call("check", "--port", str(gateway_port), "--client-id", "31")
    finally:
        holder.disconnect()
    assert done.returncode == 3
    assert "--client-id" in last_line(done.stderr)

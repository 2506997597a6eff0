import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_api.errors import ServerTooOld, WrongProduct
from ib_api.framing import frame
from ib_api.handshake import Handshake, ServerHello

ANSWER = frame(b"178\x0020250101 10:00:00 EST\0")


@given(st.integers(0, len(ANSWER)))
def test_an_answer_in_two_pieces_is_read_and_what_follows_is_kept(cut: int) -> None:
    handshake = Handshake(200)
    first = handshake.feed(ANSWER[:cut])
    hello = first or handshake.feed(ANSWER[cut:] + b"rest")
    rest = b"" if first else b"rest"
    assert hello == ServerHello(178, "20250101 10:00:00 EST", rest)


def test_connect_options_are_announced() -> None:
    assert Handshake(157, "+PACEAPI").opening == b"API\0\0\0\0\x12v100..157 +PACEAPI"


@pytest.mark.parametrize(
    "said", [b"HTTP/1.0 404", b"<html>", b"SSH-2.0-OpenSSH", frame(b"hello\0"), frame(b"178\0a\0b\0")]
)
def test_what_is_no_answer_of_tws_is_another_product(said: bytes) -> None:
    with pytest.raises(WrongProduct, match="check the port"):
        Handshake(200).feed(said)


def test_an_old_server_is_refused() -> None:
    with pytest.raises(ServerTooOld, match="version 136"):
        Handshake(200).feed(frame(b"136\0now\0"))

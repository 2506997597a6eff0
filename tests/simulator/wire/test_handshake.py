import pytest

from simulator.wire.errors import ProtocolError
from simulator.wire.framing import FrameBuffer, frame
from simulator.wire.handshake import Hello, hello_reply, negotiate, read_hello


def read(data: bytes) -> Hello | None:
    buffer = FrameBuffer()
    buffer.feed(data)
    return read_hello(buffer)


@pytest.mark.parametrize(
    ("hello", "versions", "paced"),
    [
        (b"v100..225", (100, 225), False),
        (b"v157..178", (157, 178), False),
        (b"v100..157 +PACEAPI", (100, 157), True),
        (b"v100..157 +PACE", (100, 157), False),
        (b"v163", (163, 163), False),
    ],
)
def test_what_real_clients_say_first_is_read(hello: bytes, versions: tuple[int, int], paced: bool) -> None:
    said = read(b"API\0" + frame(hello))
    assert said is not None
    assert (said.versions, said.paced) == (versions, paced)


def test_a_hello_that_is_not_complete_is_waited_for() -> None:
    whole = b"API\0" + frame(b"v100..200")
    assert all(read(whole[:n]) is None for n in range(len(whole)))


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n", b"AP\0", b"API\0\xff\xff\xff\xff", b"API\0" + frame(b"hello")]
)
def test_what_is_no_hello_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(data)


def test_what_follows_the_hello_stays_for_later() -> None:
    buffer = FrameBuffer()
    buffer.feed(b"API\0" + frame(b"v100..200") + frame(b"71"))
    read_hello(buffer)
    assert list(buffer.frames()) == [b"71"]


@pytest.mark.parametrize("client", [(100, 150), (201, 225)])
def test_a_client_too_old_or_too_new_is_told_what_is_served(client: tuple[int, int]) -> None:
    with pytest.raises(ProtocolError, match="151 to 200 are served"):
        negotiate(client)


def test_the_answer_has_exactly_two_fields() -> None:
    assert hello_reply(176, "20260109 09:30:00 EST")[4:] == b"176\x0020260109 09:30:00 EST\0"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.errors import ProtocolError
from simulator.wire.framing import FrameBuffer, frame

payloads = st.lists(st.binary(max_size=40), max_size=8)


@given(payloads, st.lists(st.integers(min_value=1, max_value=30)))
def test_payloads_survive_any_cut_of_the_stream(sent: list[bytes], cuts: list[int]) -> None:
    buffer, stream = FrameBuffer(), b"".join(map(frame, sent))
    received: list[bytes] = []
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        buffer.feed(piece)
        received += buffer.frames()
    assert received == sent


def test_a_length_beyond_reason_ends_the_stream() -> None:
    buffer = FrameBuffer()
    buffer.feed(b"GET / HTTP/1.1")
    with pytest.raises(ProtocolError, match="not TWS's protocol"):
        list(buffer.frames())

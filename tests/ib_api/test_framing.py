import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_api.framing import MAX_MESSAGE, FrameBuffer, FramingLost, frame, frames


def receive(buffer: FrameBuffer, data: bytes) -> list[bytes]:
    """What comes out when `data` arrives in one segment."""
    buffer.space()[: len(data)] = data
    lump = buffer.filled(len(data))
    found = list(frames(lump))
    if lump:
        buffer.consumed(sum(len(each) + 4 for each in found))
    return found


@given(st.lists(st.binary(max_size=300)), st.lists(st.integers(1, 64), min_size=1))
def test_messages_come_out_as_sent_however_the_stream_is_cut(messages: list[bytes], cuts: list[int]) -> None:
    data, found, buffer, turn = b"".join(map(frame, messages)), list[bytes](), FrameBuffer(lump=64), 0
    while data:
        count = cuts[turn % len(cuts)]
        part, data, turn = data[:count], data[count:], turn + 1
        found += receive(buffer, part)
    assert found == messages


def test_an_incomplete_message_is_not_copied_again_for_every_segment() -> None:
    buffer = FrameBuffer(lump=64)
    assert receive(buffer, frame(b"x" * 1000)[:64]) == []
    assert buffer.filled(0) == b""
    assert len(buffer.space()) == 1004 - 64


def test_an_impossible_length_is_told() -> None:
    buffer = FrameBuffer()
    buffer.space()[:4] = (MAX_MESSAGE + 1).to_bytes(4, "big")
    with pytest.raises(FramingLost, match="announced"):
        buffer.filled(4)


def test_the_room_of_a_large_message_is_given_back() -> None:
    buffer = FrameBuffer(lump=64)
    large = frame(b"x" * 10_000)
    receive(buffer, large[:64])
    assert [len(each) for each in receive(buffer, large[64:])] == [10_000]
    assert receive(buffer, frame(b"next")) == [b"next"]
    assert len(buffer._data) == 128

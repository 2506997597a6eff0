from hypothesis import given
from hypothesis import strategies as st

from market.clock import DrivenClock
from simulator.faults.link import Burster, Delayer, Gluer, Link, Shaper, Splitter, Truncator
from simulator.wire.framing import frame

WRITES = st.lists(st.tuples(st.integers(0, 50), st.binary(min_size=1, max_size=30)), max_size=12)
SHAPERS = st.one_of(
    st.builds(Splitter, st.lists(st.integers(1, 9), min_size=1), gap=st.integers(0, 20)),
    st.builds(Delayer, st.integers(0, 40)),
    st.builds(Gluer, st.integers(0, 40)),
    st.builds(Burster, st.integers(1, 16), hold=st.integers(0, 40)),
)


@given(writes=WRITES, shapers=st.lists(SHAPERS, max_size=3), early=st.booleans())
def test_a_link_loses_no_byte_and_keeps_their_order(
    writes: list[tuple[int, bytes]], shapers: list[Shaper], early: bool
) -> None:
    clock, sent = DrivenClock(), list[bytes]()
    link = Link(clock, sent.append)
    for shaper in shapers:
        link.add(shaper)
    for wait, data in writes:
        link.send(data)
        clock.advance(wait)
    if not early:
        clock.advance(1_000_000)
    for shaper in shapers:
        link.remove(shaper)
    assert b"".join(sent) == b"".join(data for _, data in writes)


def test_two_shapers_work_one_behind_the_other() -> None:
    clock, sent = DrivenClock(), list[tuple[int, bytes]]()
    link = Link(clock, lambda segment: sent.append((clock.now(), segment)))
    link.add(Delayer(100))
    link.add(Splitter([2], gap=10))
    link.send(b"abcd")
    clock.advance(200)
    assert sent == [(100, b"ab"), (110, b"cd")]


def test_a_burst_that_never_fills_follows_after_the_silence() -> None:
    clock, sent = DrivenClock(), list[tuple[int, bytes]]()
    link = Link(clock, lambda segment: sent.append((clock.now(), segment)))
    link.add(Burster(4, hold=100))
    link.send(b"abc")
    clock.advance(60)
    link.send(b"defghij")
    clock.advance(200)
    assert sent == [(60, b"abcd"), (60, b"efgh"), (160, b"ij")]


def test_a_truncated_message_may_lie_about_its_length() -> None:
    honest, lying = Truncator(1, lie=False), Truncator(1, lie=True)
    for each in (honest, lying):
        each.feed(0, frame(b"12345678") + frame(b"next"))
    assert honest.take(0) == [frame(b"1234") + frame(b"next")]
    assert lying.take(0) == [b"\0\0\0\x081234" + frame(b"next")]

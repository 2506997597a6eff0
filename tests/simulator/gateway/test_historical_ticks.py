import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.times import SECOND, parse, to_ib
from simulator.gateway.options import GatewayOptions
from simulator.model import generated
from tests.simulator.fake_model import FakeModel
from tests.simulator.gateway.raw_client import AAPL, LATE, Fields, RawClient


def ask(
    client: RawClient,
    start: str = "",
    end: str = "",
    number: int = 10,
    what: str = "TRADES",
    *,
    rth: int = 0,
    contract: tuple[object, ...] = AAPL,
) -> list[Fields]:
    return client.ask(96, 5, *contract, 0, start, end, number, what, rth, 0, "")


def stamps(answer: list[Fields], width: int) -> list[int]:
    return [int(each) for each in answer[0][3:-1:width]]


def test_from_a_start_the_next_ticks_come() -> None:
    got = stamps(ask(RawClient(), start="20260109-15:00:00", number=5), 6)
    begin = parse("2026-01-09T15:00")
    trades = FakeModel().trades(265598, begin, begin + 100 * 10**9)
    assert got == [t.time // 10**9 for t in trades if t.last][:5]


def test_up_to_an_end_the_last_ticks_come() -> None:
    got = stamps(ask(RawClient(), end="20260109-15:00:00", what="BID_ASK", number=5), 6)
    end = parse("2026-01-09T15:00") // 10**9
    assert got == [end - 10, end - 8, end - 6, end - 4, end - 2]


def test_never_more_than_a_thousand() -> None:
    assert len(stamps(ask(RawClient(), end="20260109-15:00:00", what="MIDPOINT", number=5000), 4)) == 1000


@pytest.mark.parametrize(
    ("start", "end", "rth", "first"),
    [
        ("20260110-15:00:00", "", 0, None),
        ("20260108-23:30:00", "", 1, "2026-01-09T14:30"),
        ("20260109-03:00:00", "", 0, "2026-01-09T09:00"),
        ("", "20260109-10:00:00", 1, "2026-01-08T20:59:40"),
    ],
)
def test_one_session_is_served_and_nothing_of_the_future(
    start: str, end: str, rth: int, first: str | None
) -> None:
    got = stamps(ask(RawClient(), start, end, what="BID_ASK", rth=rth), 6)
    assert got[:1] == ([parse(first) // 10**9] if first else [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "321"),
        ({"start": "20260109-15:00:00", "end": "20260109-15:00:00"}, "321"),
        ({"end": "20260109 15:00:00"}, "10314"),
        ({"end": "20260109-15:00:00", "what": "BID"}, "321"),
        ({"end": "20260109-15:00:00", "number": 0}, "321"),
        ({"end": "20260109-15:00:00", "contract": LATE}, "10187"),
    ],
)
def test_what_is_refused(changes: dict[str, object], code: str) -> None:
    assert ask(RawClient(), **changes)[0][2] == code  # type: ignore[arg-type]  # a table of keywords


@given(st.integers(1, 400), st.sampled_from(["TRADES", "BID_ASK"]))
@settings(max_examples=20, deadline=None)
def test_pages_that_begin_a_second_after_the_last_give_every_tick_of_the_session_once(
    number: int, what: str
) -> None:
    client, start, seen = RawClient(options=GatewayOptions(lenient=True)), "20260109-15:00:00", list[int]()
    for _ in range(2_000 // number + 1):
        page = stamps(ask(client, start=start, number=number, what=what), 6)
        seen += page
        if len(page) < number:
            break
        start = to_ib((page[-1] + 1) * SECOND)
    begin = parse("2026-01-09T15:00")
    model, now = FakeModel(), begin + 2 * 3_600 * SECOND
    ticks = model.quotes(265598, begin, now) if what == "BID_ASK" else model.trades(265598, begin, now)
    every = [each.time // SECOND for each in ticks if getattr(each, "last", True)]
    assert seen == every[: len(seen)]
    assert len(seen) >= min(len(every), 2_000)


def test_more_ticks_than_asked_for_come_to_complete_a_second() -> None:
    market = generated(seed=1, feed="consistent", always_open=False)
    client = RawClient(model=market, clock=DrivenClock(parse("2026-11-20T17:00")))
    pages = [stamps(ask(client, start="20261120-15:00:00", number=n), 6) for n in range(1, 40)]
    assert any(len(page) > n for n, page in enumerate(pages, start=1))
    for number, page in enumerate(pages, start=1):
        assert len(page) >= number
        assert page[number - 1] == page[-1]
        assert page == pages[-1][: len(page)]

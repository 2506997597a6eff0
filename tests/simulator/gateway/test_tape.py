from market.times import MINUTE, SECOND
from simulator.gateway.dates import seconds
from simulator.gateway.tape import Fronts, Tape
from simulator.model import lookup
from simulator.model.api import QuoteTick
from simulator.wire import market_messages
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.wire import whole_ticks

AAPL = 265598


class StillModel(FakeModel):
    """A market whose quote is repeated, and changes once a minute."""

    def quotes(self, contract_id: int, start: int, end: int) -> list[QuoteTick]:
        times = range(-(-start // SECOND) * SECOND, end, SECOND)
        return [QuoteTick(t, 150.0 + t // MINUTE % 60, 250.0, 1.0, 1.0) for t in times]


def test_a_minute_is_written_once_for_every_listener() -> None:
    tape = Tape(FakeModel())
    last, every = (tape.trades(AAPL, 200, every=each) for each in (False, True))
    minute = FRIDAY_NOON, FRIDAY_NOON + MINUTE
    found = FakeModel().trades(AAPL, *minute)
    assert every(*minute).items == [market_messages.trade_rest(200, seconds(t.time), t) for t in found]
    assert last(*minute).times == [t.time for t in found if t.last]
    assert tape.trades(AAPL, 200, every=True)(*minute) is every(*minute)


def test_a_quote_that_stood_at_the_end_of_a_minute_is_not_new_in_the_next() -> None:
    tape = Tape(StillModel())
    starts = [FRIDAY_NOON, FRIDAY_NOON + 30 * SECOND, FRIDAY_NOON + MINUTE]
    for what in ("BID_ASK", "MIDPOINT"):
        one, late = (tape.quotes(AAPL, 200, what, ignore_size=False) for _ in range(2))
        assert [list(one(start, start + 30 * SECOND).times) for start in starts] == [
            [starts[0]],
            [],
            [starts[2]],
        ]
        assert [list(late(start, start + 30 * SECOND).times) for start in starts[1:]] == [
            [starts[1]],
            [starts[2]],
        ]


def test_a_front_and_a_rest_are_the_message() -> None:
    trade = FakeModel().trades(AAPL, FRIDAY_NOON, FRIDAY_NOON + MINUTE)[0]
    fronts = Fronts(market_messages.tick_by_tick_head(5, 2))
    rest = market_messages.trade_rest(200, 7, trade)
    assert fronts.join([rest, rest]) == 2 * whole_ticks.tick_by_tick_last(200, 5, 2, 7, trade)


def test_new_quotes_are_those_of_history() -> None:
    fetch = lookup.fetcher(FakeModel(), AAPL, "BID_ASK", since=FRIDAY_NOON)
    stream = Tape(FakeModel()).quotes(AAPL, 200, "BID_ASK", ignore_size=False)
    spans = [(FRIDAY_NOON + n * MINUTE, FRIDAY_NOON + (n + 1) * MINUTE) for n in range(3)]
    for span in spans:
        assert stream(*span).times == [tick.time for tick in fetch(*span)]

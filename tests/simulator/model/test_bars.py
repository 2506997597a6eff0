from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.bar_size import BAR_SIZES, BarSize
from market.errors import BadRequest
from market.events import Hours
from market.times import DAY, MINUTE, SECOND, iso, parse, to_datetime, trading_date
from simulator.model import MarketModel
from tests.simulator.model.known import AAPL, BTC, DAY_1, ES, EURUSD, HOUR_1, LATER, MINUTE_1, RHM, SECOND_5

TUESDAY = parse("2026-01-06")


def _starts(market: MarketModel, contract_id: int, size: str, hours: Hours, day: str) -> list[str]:
    start = parse(day)
    bars = market.bars(contract_id, BarSize.parse(size), "MIDPOINT", hours, start, start + DAY, LATER)
    return [iso(each.start)[11:16] for each in bars]


@pytest.mark.parametrize(
    ("contract_id", "size", "hours", "starts"),
    [
        (AAPL, "1h", "rth", ["14:30", "15:00", "16:00", "17:00", "18:00", "19:00", "20:00"]),
        (AAPL, "2h", "rth", ["14:30", "15:00", "17:00", "19:00"]),
        (AAPL, "4h", "rth", ["14:30", "17:00"]),
        (AAPL, "8h", "all", ["09:00", "13:00", "21:00"]),
        (RHM, "3h", "all", ["08:00", "11:00", "14:00"]),
        (ES, "8h", "all", ["06:00", "14:00", "23:00"]),
        (BTC, "8h", "all", ["05:00", "13:00", "21:00"]),
    ],
)
def test_bars_keep_to_the_exchange_s_wall_clock(
    market: MarketModel, contract_id: int, size: str, hours: Hours, starts: list[str]
) -> None:
    assert _starts(market, contract_id, size, hours, "2026-01-06") == starts


@pytest.mark.parametrize(
    "size", [each for each in BAR_SIZES if each.intraday and each.seconds >= 60], ids=str
)
@pytest.mark.parametrize(
    ("contract_id", "day"), [(AAPL, "2026-03-09"), (BTC, "2026-03-08"), (BTC, "2026-11-01")]
)
def test_every_size_covers_a_session_without_overlap(
    open_market: MarketModel, contract_id: int, day: str, size: BarSize
) -> None:
    session = open_market.sessions(contract_id, parse(day) + DAY // 2, parse(day) + DAY // 2 + 1)[0]
    bars = open_market.bars(contract_id, size, "TRADES", "rth", session.open, session.close, 2**61)
    days = open_market.bars(
        contract_id, DAY_1, "TRADES", "all", trading_date(session.date), session.close, 2**61
    )
    assert sum(each.volume for each in bars) == days[0].volume
    assert sum(each.count for each in bars) == days[0].count
    lengths = {b.start - a.start for a, b in pairwise(bars)}
    assert size.nanoseconds in lengths
    assert {each.start % MINUTE for each in bars} == {0}


@pytest.mark.parametrize("size", [each for each in BAR_SIZES if each.seconds < 60], ids=str)
def test_bars_of_seconds_sum_to_their_minute(market: MarketModel, size: BarSize) -> None:
    start = TUESDAY + 15 * 60 * MINUTE
    parts = market.bars(AAPL, size, "TRADES", "rth", start, start + MINUTE, LATER)
    (whole,) = market.bars(AAPL, MINUTE_1, "TRADES", "rth", start, start + 1, LATER)
    assert sum(each.volume for each in parts) == whole.volume
    assert all((each.start - start) % size.nanoseconds == 0 for each in parts)
    assert (parts[0].open, parts[-1].close) == (whole.open, whole.close)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([each for each in BAR_SIZES if each.intraday]),
    st.sampled_from(["TRADES", "BID", "ASK", "MIDPOINT", "BID_ASK"]),
    st.integers(0, 6 * 60 * 60),
)
def test_what_history_says_of_the_past_does_not_depend_on_now(
    market: MarketModel, size: BarSize, what: str, second: int
) -> None:
    now = TUESDAY + 14 * 60 * MINUTE + 30 * MINUTE + second * SECOND
    ask = (AAPL, size, what, "rth", now - 3 * MINUTE, now + size.nanoseconds)
    then, later = market.bars(*ask, now), market.bars(*ask, LATER)  # type: ignore[arg-type]
    finished = [each for each in later if each.start + size.nanoseconds <= now]
    assert list(then)[: len(finished)] == finished
    assert all(each.start < now for each in then)
    assert len(then) <= len(finished) + 1


@pytest.mark.parametrize("size", [SECOND_5, MINUTE_1, HOUR_1, DAY_1, BarSize.parse("1W")], ids=str)
def test_the_running_bar_is_made_of_what_has_happened(market: MarketModel, size: BarSize) -> None:
    now = TUESDAY + 15 * 60 * MINUTE + 33 * SECOND + 500_000_000
    bar = market.bars(AAPL, size, "TRADES", "rth", now - 10 * MINUTE if size.intraday else TUESDAY, now, now)[
        -1
    ]
    day = market.sessions(AAPL, now, now + 1)[0].regular_open
    monday = market.sessions(AAPL, TUESDAY - DAY, TUESDAY - DAY + 15 * 60 * MINUTE)[-1]
    begin = {"1D": day, "1W": day}.get(size.name, bar.start)
    trades = list(market.trades(AAPL, begin, now))
    if size.name == "1W":
        trades = [*market.trades(AAPL, monday.regular_open, monday.regular_close), *trades]
    assert (bar.count, bar.volume) == (len(trades), sum(each.size for each in trades))
    assert (bar.open, bar.close) == (trades[0].price, trades[-1].price)


def test_the_running_quote_bar_averages_over_the_time_so_far(market: MarketModel) -> None:
    now = TUESDAY + 15 * 60 * MINUTE + 20 * SECOND
    quotes = market.quotes(AAPL, now - 20 * SECOND, now)
    times = [*(each.time for each in quotes), now]
    mean = sum(q.bid * (b - a) for q, a, b in zip(quotes, times, times[1:], strict=False)) / (20 * SECOND)
    (bar,) = market.bars(AAPL, MINUTE_1, "BID_ASK", "rth", now - 20 * SECOND, now, now)
    assert bar.open == pytest.approx(mean, rel=1e-9)


def test_nothing_is_told_of_the_future(market: MarketModel) -> None:
    now = TUESDAY + 15 * 60 * MINUTE
    for size in BAR_SIZES:
        assert not [
            each for each in market.bars(AAPL, size, "BID", "all", now, now + 2 * DAY, now) if size.intraday
        ]


def test_days_weeks_and_months_are_dated_by_their_trading_dates(market: MarketModel) -> None:
    start, end = parse("2026-01-01"), parse("2026-02-01")

    def dates(size: str) -> list[date]:
        bars = market.bars(AAPL, BarSize.parse(size), "TRADES", "rth", start, end, LATER)
        return [to_datetime(each.start).date() for each in bars]

    assert len(dates("1D")) == 20
    assert dates("1D")[0] == date(2026, 1, 2)
    assert dates("1W") == [date(2026, 1, day) for day in (2, 9, 16, 23, 30)]
    assert dates("1M") == [date(2026, 1, 30)]


def test_a_running_week_is_dated_by_its_last_trading_date_already(market: MarketModel) -> None:
    now = TUESDAY + 15 * 60 * MINUTE
    (bar,) = market.bars(AAPL, BarSize.parse("1W"), "TRADES", "rth", TUESDAY, now, now)
    assert iso(bar.start) == "2026-01-09T00:00:00Z"


def test_the_evening_of_a_future_counts_to_the_next_day(market: MarketModel) -> None:
    sunday_evening = parse("2026-01-04T23:30")
    (bar,) = market.bars(ES, DAY_1, "TRADES", "all", TUESDAY - 3 * DAY, TUESDAY, sunday_evening)
    assert iso(bar.start) == "2026-01-05T00:00:00Z"


def test_regular_hours_leave_the_rest_out(market: MarketModel) -> None:
    regular, whole = (
        market.bars(AAPL, DAY_1, "TRADES", hours, TUESDAY, TUESDAY + 1, LATER)[0] for hours in ("rth", "all")
    )
    assert regular.volume < whole.volume
    assert whole.low <= regular.low <= regular.high <= whole.high


def test_data_that_a_contract_does_not_have_is_refused(market: MarketModel) -> None:
    with pytest.raises(BadRequest, match="EUR has no OPTION_IMPLIED_VOLATILITY data"):
        market.bars(EURUSD, DAY_1, "OPTION_IMPLIED_VOLATILITY", "all", 0, 1, 1)

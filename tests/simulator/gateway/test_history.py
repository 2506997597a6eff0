import pytest

from market.bar_size import BAR_SIZES
from market.clock import DrivenClock
from market.times import DAY
from simulator.gateway.options import GatewayOptions
from tests.simulator.fake_model import FRIDAY_NOON
from tests.simulator.gateway.raw_client import AAPL, DARK, ES, EURUSD, LATE, Fields, RawClient

NOON = FRIDAY_NOON // 1_000_000_000


def ask(
    client: RawClient,
    size: str = "1 min",
    duration: str = "600 S",
    *,
    contract: tuple[object, ...] = AAPL,
    end: str = "",
    what: str = "TRADES",
    rth: int = 0,
    date: int = 2,
    keep: int = 0,
) -> list[Fields]:
    return client.ask(20, 5, *contract, 0, end, size, duration, rth, what, date, keep, "")


def times(answer: list[Fields]) -> list[str]:
    return answer[0][3::8]


def refusal(answer: list[Fields]) -> tuple[str, str]:
    return answer[0][2], answer[0][3]


def test_bars_come_in_one_message_and_their_span_in_another() -> None:
    bars, end = ask(RawClient())
    assert times([bars]) == [str(NOON - 600 + 60 * n) for n in range(10)]
    assert end == ["108", "5", "20260109 11:50:00 US/Eastern", "20260109 12:00:00 US/Eastern"]


def test_before_196_the_span_comes_first() -> None:
    (bars,) = ask(RawClient(195))
    assert bars[2:5] == ["20260109 11:50:00 US/Eastern", "20260109 12:00:00 US/Eastern", "10"]


@pytest.mark.parametrize(
    ("version", "text"), [(200, "20260109 11:50:00 US/Eastern"), (173, "20260109  11:50:00")]
)
def test_times_of_format_1_are_the_exchange_s(version: int, text: str) -> None:
    answer = ask(RawClient(version), date=1)
    assert answer[0][3 if version == 200 else 5] == text


@pytest.mark.parametrize("date", [1, 2])
def test_daily_bars_have_dates_whatever_the_format(date: int) -> None:
    answer = ask(RawClient(), "1 day", "3 D", rth=1, date=date)
    assert times(answer) == ["20260107", "20260108", "20260109"]


@pytest.mark.parametrize("size", [each.ib for each in BAR_SIZES])
def test_every_bar_size_is_served(size: str) -> None:
    assert ask(RawClient(), size, "1 D", end="20260106-23:30:00")[0][0] == "17"


def test_bars_without_trades_say_so() -> None:
    (bars, _) = ask(RawClient(), contract=EURUSD, what="MIDPOINT")
    assert bars[8:11] == ["-1", "-1", "-1"]


def test_the_bar_now_running_is_unfinished() -> None:
    client = RawClient()
    client.wait(30)
    running = ask(client)[0][-8:]
    client.wait(30)
    assert int(ask(client)[0][-1]) > int(running[-1])


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"size": "7 mins"}, "321", "bar size setting is invalid"),
        ({"duration": "1 H"}, "321", "duration is invalid"),
        ({"end": "20260109 12:00:00"}, "10314", "time-zone"),
        ({"what": "ASKS"}, "321", "What to show"),
        ({"what": "ADJUSTED_LAST", "end": "20260109-12:00:00"}, "321", "End date not supported"),
        ({"contract": EURUSD}, "162", "No historical market data"),
        ({"contract": LATE}, "162", "No market data permissions"),
        ({"contract": DARK}, "162", "No market data permissions"),
        ({"end": "20050109-12:00:00"}, "162", "HMDS query returned no data: AAPL@SMART TRADES"),
        ({"size": "1 secs", "end": "20250601-12:00:00"}, "162", "HMDS query returned no data"),
        ({"size": "1 secs", "duration": "1 M"}, "162", "Time length exceed max"),
        ({"keep": 1, "end": "20260109-12:00:00"}, "321", "keepUpToDate takes no end date"),
        ({"keep": 1, "what": "ADJUSTED_LAST"}, "321", "keepUpToDate"),
        ({"what": "FEE_RATE"}, "162", "No historical market data for AAPL/STK@SMART FEE_RATE"),
        ({"what": "HISTORICAL_VOLATILITY"}, "162", "No historical market data"),
        ({"what": "OPTION_IMPLIED_VOLATILITY"}, "162", "No historical market data"),
        ({"what": "AGGTRADES"}, "162", "No historical market data"),
    ],
)  # fmt: skip
def test_what_ib_refuses_is_refused(changes: dict[str, object], code: str, says: str) -> None:
    refused = refusal(ask(RawClient(), **changes))  # type: ignore[arg-type]  # a table of keywords
    assert refused[0] == code
    assert says in refused[1]


@pytest.mark.parametrize(("days", "kind"), [(700, "17"), (900, "4")])
def test_an_expired_contract_has_history_for_two_years(days: int, kind: str) -> None:
    client = RawClient(clock=DrivenClock(FRIDAY_NOON + days * DAY))
    future = ("", "ES", "FUT", "202603", "", "", "", "CME", "", "USD", "", "")
    answer = client.ask(20, 5, *future, 1, "20260109-17:00:00", "1 min", "600 S", 0, "TRADES", 1, 0, "")
    assert answer[0][0] == kind


def test_bars_kept_up_to_date_grow_and_roll_over_complete() -> None:
    client = RawClient()
    client.wait(22)
    last = ask(client, duration="120 S", keep=1)[0][-8:]
    updates = client.wait(70)
    assert {fields[0] for fields in updates} == {"90"}
    stamps = [fields[3] for fields in updates]
    assert stamps == sorted(stamps)
    assert set(stamps) == {last[0], str(int(last[0]) + 60)}
    client.ask(25, 1, 5)
    (bars, _) = ask(client, duration="180 S")
    whole = {bars[n]: bars[n + 7] for n in range(3, len(bars), 8)}
    final = [fields[2] for fields in updates if fields[3] == last[0]][-1]
    assert final == whole[last[0]]


def test_a_running_query_is_cancelled_with_162_and_a_done_one_is_unknown() -> None:
    client = RawClient()
    ask(client, keep=1)
    assert "query cancelled: 5" in refusal(client.ask(25, 1, 5))[1]
    assert client.wait(60) == []
    assert refusal(client.ask(25, 1, 5))[0] == "366"


def test_small_bars_are_paced() -> None:
    client = RawClient()
    assert ask(client, "30 secs")[0][0] == "17"
    assert "pacing violation" in refusal(ask(client, "30 secs"))[1]
    client.wait(15)
    assert ask(client, "30 secs")[0][0] == "17"


def test_the_head_time_stamp() -> None:
    client = RawClient()
    assert client.ask(87, 6, *AAPL, 0, 0, "TRADES", 1) == [["88", "6", "20100104-14:30:00"]]
    assert client.ask(87, 6, *AAPL, 0, 1, "TRADES", 2) == [["88", "6", "1262615400"]]
    assert client.ask(87, 6, *LATE, 0, 1, "TRADES", 2)[0][2] == "162"
    assert client.ask(90, 6) == []


def test_adjusted_trades_are_the_trades_of_a_market_without_splits() -> None:
    client = RawClient()
    assert ask(client, what="ADJUSTED_LAST") == ask(client)


STEPS = (
    *(("60 S", size) for size in ("1 secs", "5 secs", "30 secs", "1 min")),
    *(("1800 S", size) for size in ("1 secs", "15 secs", "5 mins", "30 mins")),
    *(("1 D", size) for size in ("1 min", "5 mins", "1 hour", "1 day")),
    *(("1 W", size) for size in ("3 mins", "30 mins", "1 day", "1 week")),
    *(("1 M", size) for size in ("30 mins", "1 day", "1 week")),
    *(("1 Y", size) for size in ("1 day", "1 week")),
)


@pytest.mark.parametrize(("duration", "size"), STEPS)
def test_every_step_size_of_ib_s_table_is_served(duration: str, size: str) -> None:
    assert ask(RawClient(), size, duration)[0][0] == "17"


def test_a_date_without_a_zone_is_new_york_s_with_a_warning_to_old_clients() -> None:
    warning, bars = ask(RawClient(173), end="20260109 11:00:00")
    assert (warning[3], bars[0]) == ("2174", "17")
    assert bars[5:6] == ask(RawClient(173), end="20260109-16:00:00")[0][5:6]
    assert ask(RawClient(173), end="20260109-16:00:00")[0][0] == "17"


def test_the_continuous_future_has_bars_up_to_now_only() -> None:
    front = ("", "ES", "CONTFUT", "", "", "", "", "CME", "", "USD", "", "")
    client = RawClient()
    assert times(ask(client, contract=front)) == times(ask(client, contract=ES))
    assert refusal(ask(client, contract=front, end="20260109-16:00:00"))[0] == "10339"


def test_fifty_queries_are_kept_up_to_date_and_no_more() -> None:
    client = RawClient(options=GatewayOptions(message_rate=0))
    kinds = [client.ask(20, n, *AAPL, 0, "", "1 min", "60 S", 0, "TRADES", 2, 1, "")[0][0] for n in range(51)]
    assert kinds == ["17"] * 50 + ["4"]


def test_five_second_bars_share_the_pacing_of_small_bars() -> None:
    client = RawClient()
    answers = [client.ask(50, 3, n, *AAPL, 5, "TRADES", 0, "") for n in range(6)]
    assert answers[:5] == [[]] * 5
    assert refusal(answers[5]) == (
        "420", "Invalid Real-time Query:Historical data request pacing violation"
    )  # fmt: skip


def test_a_lenient_gateway_paces_nobody() -> None:
    client = RawClient(options=GatewayOptions(lenient=True))
    assert [ask(client, "30 secs")[0][0] for _ in range(100)] == ["17"] * 100
    assert [client.ask(50, 3, n, *AAPL, 5, "TRADES", 0, "") for n in range(100)] == [[]] * 100

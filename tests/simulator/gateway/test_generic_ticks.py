"""Generic ticks: the numbers that may be asked, and what each brings of a generated market."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import pytest

from market.bar_size import BarSize
from market.clock import DrivenClock
from market.times import DAY, MINUTE, parse
from simulator.gateway.generic_ticks import Asked
from simulator.gateway.generic_ticks import parse as read
from simulator.gateway.options import GatewayOptions
from simulator.model import lookup
from simulator.model.api import BarData, MarketModel
from simulator.model.factory import generated
from simulator.refused import Refused
from tests.simulator.gateway.raw_client import AAPL, EURUSD, LATE, Fields, RawClient

NOW = parse("2026-11-20T16:00")
ES = (649180695, "", "", "", "0.0", "", "", "CME", "", "", "", "")
SPX = (416904, "", "", "", "0.0", "", "", "CBOE", "", "", "", "")
CALL = (711280067, "", "", "", "0.0", "", "", "SMART", "", "", "", "")


@lru_cache(1)
def market() -> MarketModel:
    return generated(1, "consistent", always_open=False)


def client() -> RawClient:
    return RawClient(clock=DrivenClock(NOW), model=market(), options=GatewayOptions(message_rate=0))


def ask(client: RawClient, contract: tuple[object, ...], numbers: str) -> list[Fields]:
    """Only the generic ticks."""
    return client.ask(1, 11, 5, *contract, 0, f"mdoff,{numbers}", 0, 0, "")[2:]


def found(answer: list[Fields], tick: int) -> list[str]:
    return [f[4] for f in answer if f[0] in ("1", "2", "45", "46") and f[3] == str(tick)]


def daily(contract_id: int, days: int) -> list[tuple[float, float, float, float]]:
    bars = market().bars(contract_id, BarSize.parse("1D"), "TRADES", "all", NOW - days * DAY, NOW + DAY, NOW)
    return [(bar.low, bar.high, bar.close, bar.volume) for bar in bars]


def today(now: int) -> Sequence[BarData]:
    return market().bars(265598, BarSize.parse("1D"), "TRADES", "all", NOW - DAY, NOW + DAY, now)[-1:]


@pytest.mark.parametrize(
    ("text", "sec_type", "numbers", "defaults"),
    [
        ("", "STK", set(), True),
        ("233, 236 ,,mdoff", "STK", {233, 236}, False),
        ("221,220,47", "STK", {232, 221, 258}, True),
        ("MDOFF,292:BRFG+DJNL,104", "STK", {292, 104}, False),
        ("162", "IND", {162}, True),
    ],
)
def test_a_list_is_read(text: str, sec_type: str, numbers: set[int], defaults: bool) -> None:
    assert read(text, sec_type) == Asked(frozenset(numbers), defaults)


@pytest.mark.parametrize(
    ("text", "sec_type"),
    [
        ("999", "STK"),
        ("233,256", "STK"),
        ("292:", "STK"),
        ("abc", "STK"),
        ("mdoff", "STK"),
        ("456", "CASH"),
        ("162", "STK"),
        ("595", "IND"),
    ],
)
def test_what_is_not_legal_for_the_type_refuses_the_whole_list(text: str, sec_type: str) -> None:
    with pytest.raises(Refused, match=f"Incorrect generic tick list of {text}.  Legal ones for"):
        read(text, sec_type)


def test_the_refusal_names_the_legal_ones_with_their_aliases() -> None:
    (error,) = client().ask(1, 11, 5, *AAPL, 0, "999", 0, 0, "")
    assert error[2] == "321"
    assert "Legal ones for (STK) are: 100(Option Volume),101(Option Open Interest)," in error[3]
    assert ",232/221(Pl Price),233(RTVolume)," in error[3]
    assert "162(" not in error[3]


def test_rtvolume_has_every_print_with_volume_and_average() -> None:
    gateway = client()
    ask(gateway, AAPL, "233,375")
    answer = gateway.wait(30)
    trades = market().trades(265598, NOW, NOW + 30 * 10**9)
    texts = [text.split(";") for text in found(answer, 48)]
    assert [(t[0], t[1], t[2]) for t in texts] == [
        (f"{t.price:.2f}".rstrip("0").rstrip("."), f"{t.size:.0f}", str(t.time // 10**6)) for t in trades
    ]
    (bar,) = today(NOW + 30 * 10**9)
    assert float(texts[-1][3]) == bar.volume
    assert float(texts[-1][4]) == pytest.approx(bar.average, abs=1e-6)
    assert found(answer, 77) == found(answer, 48)


def test_the_tws_feed_has_prints_that_only_rtvolume_shows() -> None:
    model = generated(1, "tws", always_open=False)
    gateway = RawClient(clock=DrivenClock(NOW), model=model, options=GatewayOptions(feed="tws"))
    ask(gateway, AAPL, "233,375")
    answer = gateway.wait(120)
    every, reported = found(answer, 48)[-1].split(";"), found(answer, 77)[-1].split(";")
    assert float(every[3]) > float(reported[3])
    assert "false" in {text.split(";")[5] for text in found(answer, 48)}, "sampling joins prints"


def test_trades_are_counted_with_their_rates() -> None:
    gateway = client()
    ask(gateway, AAPL, "293,294,295,318")
    answer = gateway.wait(60)
    last_minute = market().trades(265598, NOW, NOW + MINUTE)
    recent = [t for t in last_minute if t.time > last_minute[-1].time - MINUTE]
    (bar,) = today(NOW + MINUTE)
    assert float(found(answer, 54)[-1]) == bar.count
    assert float(found(answer, 55)[-1]) == pytest.approx(len(recent), abs=1)
    assert float(found(answer, 57)[-1]) == last_minute[-1].price


def test_a_trade_outside_regular_hours_is_not_the_last_regular_one() -> None:
    evening = RawClient(clock=DrivenClock(parse("2026-11-20T23:00")), model=market())
    (first,) = found(ask(evening, AAPL, "318"), 57)
    closed = parse("2026-11-20T21:00")
    last = lookup.find_last(lookup.trades(market(), 265598, every=False), closed - DAY // 4, closed)
    assert last is not None
    assert float(first) == last.price  # type: ignore[union-attr]
    assert found(evening.wait(1800), 57) == []


def test_a_stock_has_its_ranges_and_its_average_volume() -> None:
    answer = ask(client(), AAPL, "165")
    for weeks, low, high in ((13, 15, 16), (26, 17, 18), (52, 19, 20)):
        bars = daily(265598, weeks * 7)
        assert float(found(answer, low)[0]) == min(bar[0] for bar in bars)
        assert float(found(answer, high)[0]) == max(bar[1] for bar in bars)
    volumes = [volume for *_, volume in daily(265598, 90)[:-1]]
    assert float(found(answer, 21)[0]) == round(sum(volumes) / len(volumes))


def test_historical_volatility_is_that_of_thirty_days() -> None:
    answer = ask(client(), AAPL, "104,411")
    closes = [close for _, _, close, _ in daily(265598, 60)[:-1]][-31:]
    returns = [math.log(b / a) for a, b in pairwise(closes)]
    mean = sum(returns) / 30
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 29 * 252)
    assert float(found(answer, 23)[0]) == pytest.approx(deviation)
    assert 0.05 < float(found(answer, 58)[0]) < 1


def test_a_stock_with_options_tells_of_them() -> None:
    answer = ask(client(), AAPL, "100,101,105,106")
    assert all(float(found(answer, tick)[0]) > 0 for tick in (27, 28, 29, 30, 87))
    assert 0.1 < float(found(answer, 24)[0]) < 0.6


def test_an_option_tells_of_its_own_right_alone() -> None:
    answer = ask(client(), CALL, "100,101")
    assert found(answer, 29)
    assert found(answer, 27)
    assert not found(answer, 30) + found(answer, 28)


def test_the_mark_price_lies_between_bid_and_ask() -> None:
    gateway = client()
    answer = gateway.ask(1, 11, 5, *AAPL, 0, "232", 0, 0, "") + gateway.wait(60)
    bid = ask_price = 0.0
    marks = 0
    for fields in answer:
        if fields[0] == "1" and fields[3] == "1":
            bid = float(fields[4])
        if fields[0] == "1" and fields[3] == "2":
            ask_price = float(fields[4])
        if fields[0] == "1" and fields[3] == "37":
            marks += 1
            assert bid <= float(fields[4]) <= ask_price
    assert marks > 5


@pytest.mark.parametrize(
    ("contract", "numbers", "ticks"),
    [
        (AAPL, "236", {46, 89}),
        (AAPL, "456", {59}),
        (AAPL, "595", {63, 64, 65}),
        (ES, "588", {86}),
        (SPX, "162", {31}),
        (EURUSD, "165", {15, 16, 17, 18, 19, 20}),
        (EURUSD, "233,293,588,236", set()),
        (AAPL, "225,258,292,460", set()),
    ],
)
def test_each_number_brings_its_ticks(contract: tuple[object, ...], numbers: str, ticks: set[int]) -> None:
    assert {int(fields[3]) for fields in ask(client(), contract, numbers)} == ticks


def test_short_term_volume_follows_the_minutes() -> None:
    gateway = client()
    ask(gateway, AAPL, "595")
    answer = gateway.wait(61)
    minutes = market().bars(
        265598, BarSize.parse("1m"), "TRADES", "all", NOW - 2 * MINUTE, NOW + MINUTE, NOW + MINUTE
    )
    assert float(found(answer, 63)[-1]) == sum(bar.volume for bar in minutes)


def test_delayed_lines_have_none() -> None:
    gateway = RawClient()
    gateway.ask(59, 1, 3)
    answer = gateway.ask(1, 11, 5, *LATE, 0, "mdoff,233,165,236", 0, 0, "")
    assert {fields[0] for fields in answer} == {"4", "58", "81"}

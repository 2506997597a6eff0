from collections.abc import Iterator

import pytest
from ibapi.contract import Contract

from market.clock import DrivenClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.official import Official, connected, stock

VERSIONS = (200, 176, 163, 157)


class Bench:
    """A gateway in a thread, its clock, and the official client connected to it."""

    def __init__(self, gateway: GatewayThread, clock: DrivenClock, client: Official) -> None:
        self.client = client
        self._gateway = gateway
        self._clock = clock

    def pass_seconds(self, seconds: int) -> None:
        """Let everything asked for begin, then move the clock."""
        self.client.settle()
        self._gateway.call(lambda: self._clock.advance(seconds * 1_000_000_000))


@pytest.fixture(params=VERSIONS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    clock = DrivenClock(FRIDAY_NOON)
    options = GatewayOptions(server_version=request.param, lenient=True)
    with run_in_thread(FakeModel(), clock, options) as gateway, connected(gateway.port) as client:
        assert client.serverVersion() == request.param
        yield Bench(gateway, clock, client)


def test_it_learns_its_account_and_that_the_farms_are_well(bench: Bench) -> None:
    assert bench.client.next("managedAccounts") == ("DUSIMC7",)
    codes = [bench.client.next("error")[2] for _ in range(5)]
    assert codes == [2104, 2104, 2106, 2106, 2158]


def test_it_reads_contract_details_to_the_last_field(bench: Bench) -> None:
    bench.client.reqContractDetails(5, stock("AAPL"))
    request_id, details = bench.client.next("contractDetails")
    assert (request_id, details.contract.conId, details.minTick) == (5, 265598, 0.01)
    assert (details.longName, details.timeZoneId, details.stockType) == ("APPLE INC", "US/Eastern", "COMMON")
    assert details.liquidHours.startswith("20260109:0930-20260109:1600;20260110:CLOSED")
    assert bench.client.next("contractDetailsEnd") == (5,)


def test_it_reads_text_that_is_not_ascii(bench: Bench) -> None:
    contract = stock("RHM", "EUR")
    contract.primaryExchange = "IBIS"
    bench.client.reqContractDetails(5, contract)
    _, details = bench.client.next("contractDetails")
    assert details.longName == "RHEINMETALL AG — Düsseldorf"


def test_it_reads_historical_bars_and_their_end(bench: Bench) -> None:
    bench.client.reqHistoricalData(6, stock("AAPL"), "", "600 S", "1 min", "TRADES", 0, 2, False, [])
    bars = [bench.client.next("historicalData")[1] for _ in range(10)]
    assert bars[0].date == str(FRIDAY_NOON // 1_000_000_000 - 540 - 60)
    assert all(bar.low <= bar.open <= bar.high and bar.volume > 0 for bar in bars)
    assert bench.client.next("historicalDataEnd")[0] == 6


def test_it_reads_all_four_kinds_of_tick_by_tick(bench: Bench) -> None:
    for request_id, kind in enumerate(("Last", "AllLast", "BidAsk", "MidPoint")):
        bench.client.reqTickByTickData(request_id, stock("AAPL"), kind, 0, False)
    bench.pass_seconds(60)
    second = FRIDAY_NOON // 1_000_000_000
    last, every = (bench.client.next("tickByTickAllLast") for _ in range(2))
    assert {last[:3], every[:3]} == {(0, 1, second + 10), (1, 2, second)}
    assert bench.client.next("tickByTickBidAsk")[:2] == (2, second)
    request_id, time, midpoint = bench.client.next("tickByTickMidPoint")
    assert (request_id, time, midpoint) == (3, second, 153.73)


def test_it_reads_a_market_data_line(bench: Bench) -> None:
    bench.client.reqMktData(7, stock("AAPL"), "233", False, False, [])
    assert bench.client.next("tickReqParams") == (7, 0.01, "9c0001", 3)
    assert bench.client.next("marketDataType") == (7, 1)
    prices = {tick: price for _, tick, price, _ in (bench.client.next("tickPrice") for _ in range(7))}
    assert prices[1] < prices[2]
    assert prices[7] <= prices[14] <= prices[6]


def test_it_reads_five_second_bars(bench: Bench) -> None:
    bench.client.reqRealTimeBars(8, stock("AAPL"), 5, "MIDPOINT", False, [])
    bench.pass_seconds(10)
    first, second = (bench.client.next("realtimeBar") for _ in range(2))
    assert (first[0], second[1] - first[1]) == (8, 5)


def test_it_reads_historical_ticks(bench: Bench) -> None:
    for what in ("TRADES", "BID_ASK", "MIDPOINT"):
        bench.client.reqHistoricalTicks(9, stock("AAPL"), "", "20260109-16:00:00", 10, what, 1, False, [])
    for name in ("historicalTicksLast", "historicalTicksBidAsk", "historicalTicks"):
        request_id, ticks, done = bench.client.next(name)
        assert (request_id, len(ticks), done) == (9, 10, True)


def test_it_reads_symbols_that_match(bench: Bench) -> None:
    bench.client.reqMatchingSymbols(10, "RHM")
    _, found = bench.client.next("symbolSamples")
    assert [each.contract.conId for each in found] == [14201, 14202]


def test_it_reads_the_account(bench: Bench) -> None:
    bench.client.reqAccountUpdates(True, "")
    assert bench.client.next("updateAccountValue")[0] == "AccountCode"
    contract, quantity = bench.client.next("updatePortfolio")[:2]
    assert (contract.symbol, quantity) == ("AAPL", 100)
    assert bench.client.next("accountDownloadEnd") == ("DUSIMC7",)


def test_it_is_told_why_a_request_fails(bench: Bench) -> None:
    for _ in range(5):
        bench.client.next("error")
    unknown = Contract()
    unknown.symbol, unknown.secType, unknown.exchange = "NOSUCH", "STK", "SMART"
    bench.client.reqContractDetails(11, unknown)
    request_id, _, code, text, _ = bench.client.next("error")
    assert (request_id, code) == (11, 200)
    assert text == "No security definition has been found for the request"

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ib_api.blocking import BlockingBroker, connect
from ib_api.errors import NotConnected, PortRefused
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import BadRequest, ContractNotFound, NoPermission
from market.events import Problem, Quote, Trade
from market.instrument import Instrument
from market.times import SECOND, parse
from tests.ib_api.answering import AAPL, NOW, VERSION, Answers, details, details_end, gateway_of, request_id
from tests.ib_api.gateway import Gateway, error, historical, message


@contextmanager
def opened(answers: Answers) -> Iterator[BlockingBroker]:
    with Gateway(gateway_of(answers)) as gateway, connect(port=gateway.port, timeout=5) as ib:
        yield ib
    assert "ib-loop" not in {each.name for each in threading.enumerate()}


def printed(*prices: float) -> Answers:
    """Answer a request for prints with these, one a second."""
    start = NOW // SECOND
    return {
        97: lambda fields: [
            message(99, request_id(fields), 1, start + at, price, 25, 2, "ARCA", "")
            for at, price in enumerate(prices)
        ]
    }


def test_a_script_asks_and_waits() -> None:
    with opened({}) as ib:
        assert ib.now() == NOW
        assert (ib.account, ib.accounts, ib.source.label) == ("DU1234567", ("DU1234567",), "PAPER")


async def test_a_cell_whose_loop_runs_asks_and_waits_in_the_same_way() -> None:
    with opened({}) as ib:
        assert ib.now() == NOW


def test_contracts_and_bars_are_those_of_the_broker() -> None:
    def one(fields: list[str]) -> list[bytes]:
        at = request_id(fields)
        return [details(at, "AAPL", 265598, "SMART", "USD", "NASDAQ"), details_end(at)]

    start = parse("2026-01-09T14:30Z")
    minute = start // SECOND, 100, 101, 99.5, 100.5, 1200, 100.25, 40
    answers: Answers = {9: one, 20: lambda fields: [historical(VERSION, int(request_id(fields)), minute)]}
    with opened(answers) as ib:
        found = ib.resolve("AAPL")
        bars = ib.bars(found, BarRequest(BarSize.parse("1m"), start, start + 60 * SECOND))
    assert (found.contract_id, [bar.close for bar in bars]) == (265598, [100.5])


def test_a_failure_is_raised_where_it_was_asked() -> None:
    answers: Answers = {
        9: lambda fields: [error(VERSION, int(request_id(fields)), 200, "No security definition")],
        81: lambda fields: [message(79, request_id(fields), 0)],
    }
    with opened(answers) as ib, pytest.raises(ContractNotFound, match="NOPE"):
        ib.resolve("NOPE")


def test_a_stream_is_iterated_and_misses_nothing_of_its_beginning() -> None:
    with opened(printed(100.5, 100.6)) as ib, ib.stream(AAPL, "Last") as ticks:
        prices = [tick.price for _, tick in zip(range(2), ticks, strict=False) if isinstance(tick, Trade)]
        assert (prices, ticks.subscription.source) == ([100.5, 100.6], "tbt")


def test_two_streams_of_a_contract_are_told_apart() -> None:
    def ticks(fields: list[str]) -> list[bytes]:
        at, seconds = request_id(fields), NOW // SECOND
        if fields[-3] == "Last":
            return [message(99, at, 1, seconds, 100.5, 25, 2, "ARCA", "")]
        return [message(99, at, 3, seconds, 99.5, 100.5, 300, 200, 0)]

    other = Instrument(contract_id=2, symbol="X", sec_type="STK", exchange="SMART", currency="USD")
    with opened({97: ticks}) as ib, ib.stream(AAPL, "Last") as trades, ib.stream(other, "BidAsk") as quotes:
        assert isinstance(trades.get(5), Trade)
        quote = quotes.get(5)
        assert isinstance(quote, Quote)
        assert quote.contract_id == 2


def test_a_stream_that_ib_refuses_is_refused_here() -> None:
    answers: Answers = {
        97: lambda fields: [error(VERSION, int(request_id(fields)), 10189, "No market data permissions")],
        1: lambda fields: [error(VERSION, int(request_id(fields)), 10168, "Delayed data is not enabled")],
    }
    with opened(answers) as ib, pytest.raises(NoPermission, match="10168"):
        ib.stream(AAPL, "Last")


def test_closing_tells_who_still_reads() -> None:
    with opened(printed(100.5)) as ib:
        ticks = ib.stream(AAPL, "Last")
        assert isinstance(ticks.get(5), Trade)
    with pytest.raises(NotConnected):
        ticks.get(5)
    ib.close()
    with pytest.raises(NotConnected, match="connect again"):
        ib.now()


def test_several_threads_ask_at_once() -> None:
    with opened({}) as ib:
        answers = list[int]()
        threads = [threading.Thread(target=lambda: answers.append(ib.now())) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(10)
    assert answers == [NOW] * 5


def test_a_handler_hears_events_and_is_told_that_it_cannot_ask() -> None:
    heard, told = list[int](), threading.Event()

    def handler(problem: Problem) -> None:
        heard.append(problem.code)
        with pytest.raises(BadRequest, match="another thread"):
            ib.now()
        if problem.code == 2152:
            told.set()

    answers: Answers = {97: lambda fields: [error(VERSION, int(request_id(fields)), 2152, "Need depth")]}
    with opened(answers) as ib:
        leave = ib.on(Problem, handler)
        ib.stream(AAPL, "Last").close()
        assert told.wait(5), heard
        leave()


def test_a_connection_that_fails_leaves_no_thread() -> None:
    with pytest.raises(PortRefused):
        connect(port=1, timeout=1)
    assert "ib-loop" not in {each.name for each in threading.enumerate()}


def test_what_only_the_asyncio_broker_can_do_runs_on_the_connections_thread() -> None:
    async def asked(broker: IBBroker) -> tuple[int, str]:
        return await broker.now(), threading.current_thread().name

    with opened({}) as ib:
        assert ib.run(asked) == (NOW, "ib-loop")

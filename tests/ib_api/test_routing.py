"""What an error of IB does to the request or stream that it is about."""

import pytest

from ib_api import IBCallbacks
from ib_api.lines import BarLine, Line, Listener, MarketDataLine, TickByTickLine
from market.errors import AmbiguousContract, NoPermission, RequestFailed, RequestRejected
from market.events import Event, Problem


class Heard(Listener):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.advice: list[int] = []
        self.errors: list[Exception] = []

    def advised(self, code: int, text: str) -> None:
        self.advice.append(code)

    def refused(self, error: Exception) -> None:
        self.errors.append(error)


def listening(line: Line) -> tuple[IBCallbacks, Heard]:
    router, heard = IBCallbacks(), Heard()
    line.listener = heard
    router.registry.streams[7] = line
    return router, heard


def level_1() -> Line:
    return MarketDataLine("market data of AAPL STK SMART", 265598, "SMART")


def bars() -> Line:
    return BarLine("5-second bars of AAPL STK SMART", 265598, "SMART", "5s")


@pytest.mark.parametrize("code", [10089, 10090, 10091, 10167])
def test_an_advisory_keeps_a_line_that_may_be_delayed(code: int) -> None:
    router, heard = listening(level_1())
    router.error(7, code, "Requested market data requires additional subscription for API.")
    assert (heard.advice, heard.errors) == ([code], [])
    assert 7 in router.registry.streams


@pytest.mark.parametrize("line", [bars(), TickByTickLine("ticks of AAPL", 265598, "SMART", "Last")])
def test_the_same_advisory_is_a_refusal_of_a_stream_that_is_never_delayed(line: Line) -> None:
    router, heard = listening(line)
    router.error(7, 10089, "Requested market data requires additional subscription for API.")
    (error,) = heard.errors
    assert isinstance(error, NoPermission)
    # IB may go on with it, so it is still ours to cancel.
    assert 7 in router.registry.streams


@pytest.mark.parametrize("code", [316, 10182, 10225])
def test_a_stream_that_ib_cut_off_is_over_and_its_listener_knows_the_code(code: int) -> None:
    router, heard = listening(bars())
    router.error(7, code, "please resubscribe")
    (error,) = heard.errors
    assert isinstance(error, RequestFailed)
    assert (error.code, error.request_id) == (code, 7)


@pytest.mark.parametrize("code", [317, 2152, 165])
def test_a_remark_lets_a_stream_go_on(code: int) -> None:
    router, heard = listening(bars())
    router.error(7, code, "a remark")
    assert (heard.advice, heard.errors) == ([code], [])


def test_a_failure_tells_what_was_asked_ibs_text_what_to_do_and_the_id() -> None:
    router = IBCallbacks()
    answer = router.registry.pending("1m bars of AAPL STK SMART")
    router.error(answer.request_id, 10314, "End Date/Time: invalid.")
    with pytest.raises(RequestRejected) as caught:
        answer.result(0)
    number = answer.request_id
    assert (caught.value.code, caught.value.request_id) == (10314, number)
    assert str(caught.value) == (
        "1m bars of AAPL STK SMART: IB says 10314: End Date/Time: invalid; "
        f"report it; this program sends UTC (request {number})"
    )


def test_an_ambiguous_contract_raises_its_own_class() -> None:
    router = IBCallbacks()
    answer = router.registry.pending("1m bars of ES FUT CME")
    router.error(answer.request_id, 200, "The contract description specified for ES is ambiguous.")
    with pytest.raises(AmbiguousContract, match="expiry"):
        answer.result(0)


def test_an_unknown_code_is_counted_once_each_time_it_comes() -> None:
    router, heard = listening(bars())
    router.error(-1, 61234, "odd")
    router.error(7, 61234, "odd")
    assert router.unknown_codes == {61234: 2}
    assert len(heard.errors) == 1


def test_of_a_stream_that_was_taken_back_another_session_is_no_news() -> None:
    said: list[Event] = []
    router = IBCallbacks(sink=said.extend)
    router.error(7, 10197, "No market data during competing live session")
    router.flush()
    (problem,) = said
    assert isinstance(problem, Problem)
    assert problem.severity == "info"

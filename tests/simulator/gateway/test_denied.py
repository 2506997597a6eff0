import logging

import pytest

from simulator.wire.asks import Ask
from tests.simulator.gateway.raw_client import AAPL, RawClient


@pytest.mark.parametrize(
    ("request_", "request_id", "code", "says"),
    [
        ((Ask.SCANNER, 5, 10, "STK", "STK.US", "TOP_PERC_GAIN"), "5", "162", "TOP_PERC_GAIN is disabled"),
        ((Ask.CANCEL_SCANNER, 1, 5), "5", "365", "No scanner subscription found for ticker id:5"),
        ((Ask.SCANNER_PARAMETERS, 1), "-1", "162", "Scanner parameters"),
        ((Ask.FUNDAMENTAL_DATA, 2, 5, 265598), "5", "10358", "Fundamentals data is not allowed"),
        ((Ask.CALENDAR_META, 5), "5", "10276", "News feed is not allowed"),
        ((Ask.CALENDAR_EVENTS, 5, 265598), "5", "10276", "News feed is not allowed"),
        ((Ask.FINANCIAL_ADVISOR, 1, 1), "-1", "321", "ignored for non FA customers"),
        ((Ask.REPLACE_FINANCIAL_ADVISOR, 1, 1, "<xml/>", 5), "-1", "321", "non FA customers"),
        ((Ask.VERIFY, 1, "name", "1"), "-1", "321", "Intent to authenticate"),
        ((Ask.NEWS_ARTICLE, 5, "BRFG", "BRFG$1", ""), "5", "10172", "No data available"),
        ((Ask.HISTORICAL_NEWS, 5, 265598, "DJ-RT", "", "", 10, ""), "5", "10276", "not allowed"),
        ((Ask.MARKET_DATA, 11, 5, *AAPL[:2], "BAG", *AAPL[3:], 0, 0, "", 0, 0, ""), "5", "321", "BAG"),
    ],
)
def test_what_tws_refuses_is_refused_with_its_code_and_logged(
    request_: tuple[object, ...], request_id: str, code: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "truetick.simulator"):
        (answer,) = RawClient().ask(*(int(f) if isinstance(f, Ask) else f for f in request_))
    assert answer[1:3] == [request_id, code]
    assert says in answer[3]
    assert answer[3] in caplog.text


@pytest.mark.parametrize(
    "cancel",
    [
        (Ask.CANCEL_FUNDAMENTAL_DATA, 1, 5),
        (Ask.CANCEL_CALENDAR_META, 5),
        (Ask.CANCEL_CALENDAR_EVENTS, 5),
        (Ask.CANCEL_NEWS_BULLETINS, 1),
    ],
)
def test_cancelling_what_was_refused_is_no_error(cancel: tuple[int, ...]) -> None:
    client = RawClient()
    assert client.ask(*map(int, cancel)) == []
    assert client.ask(49, 1)[0][0] == "49"


def test_the_free_providers_are_listed_and_have_no_news() -> None:
    client = RawClient()
    (providers,) = client.ask(85)
    assert (providers[:2], providers[2::2]) == (["85", "3"], ["BRFG", "BRFUPDN", "DJNL"])
    assert client.ask(86, 5, 265598, "BRFG+DJNL", "", "", 10, "") == [["87", "5", "0"]]


def test_bulletins_are_waited_for_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "truetick.simulator"):
        assert RawClient().ask(12, 1, 1) == []
    assert "asks for news bulletins" in caplog.text

import pytest

from cli.entitlements import Entitlements
from ib_api.errors import NotSupported
from market.errors import NoPermission, PacingRefused, RequestFailed, RequestRejected
from market.events import DataType, Problem
from market.instrument import Instrument

ES = Instrument(contract_id=7, symbol="ES", sec_type="FUT", exchange="CME", currency="USD")


def problem(code: int, message: str, contract_id: int = 7) -> Problem:
    return Problem(code, message, "warning", 0, contract_id=contract_id)


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (NoPermission("x"), "no"),
        (NotSupported("x"), "none"),
        (PacingRefused("x"), "in use"),
        (RequestRejected("x"), "unknown"),
    ],
)
def test_a_refusal_is_no_none_or_in_use(error: RequestFailed, level: str) -> None:
    known = Entitlements(ES)
    known.refused("depth", error)
    assert known.levels["depth"] == level
    assert known.complete is (level != "no")


@pytest.mark.parametrize(
    ("code", "text", "level"),
    [
        (10189, "No market data permissions for CME FUT", "no"),
        (10189, "tick-by-tick requests are not supported for ES", "none"),
        (10190, "Max number of tick-by-tick requests has been reached.", "in use"),
    ],
)
def test_what_ib_says_of_tick_by_tick_data_counts(code: int, text: str, level: str) -> None:
    known = Entitlements(ES)
    known.heard(problem(code, text))
    assert known.levels["tick-by-tick"] == level


def test_what_is_said_of_another_contract_does_not_count() -> None:
    known = Entitlements(ES)
    known.heard(problem(10189, "No market data permissions for CME FUT", contract_id=8))
    assert known.levels["tick-by-tick"] == "unknown"


def test_the_market_that_ib_names_is_the_one_to_subscribe_to() -> None:
    known = Entitlements(ES)
    known.heard(problem(10089, "Requested market data requires additional subscription. ES GLOBEX/TOP/ALL"))
    known.served("L1", DataType.DELAYED)
    assert known.advice == "subscribe in Client Portal to GLOBEX FUT"


def test_only_depth_is_named_where_only_depth_is_missing() -> None:
    known = Entitlements(ES)
    known.served("L1")
    known.refused("depth", NoPermission("Deep market data is not supported for this combination"))
    assert known.advice == "subscribe in Client Portal to depth (Level II) of CME"


@pytest.mark.parametrize("data_type", [DataType.LIVE, DataType.FROZEN])
def test_live_and_frozen_data_leave_nothing_to_subscribe_to(data_type: DataType) -> None:
    known = Entitlements(ES)
    known.served("L1", data_type)
    assert (known.complete, known.advice) == (True, "")

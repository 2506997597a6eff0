import pytest

from simulator.model.lookup import Pattern, find, matching
from simulator.model.universe import universe
from tests.simulator.model.known import AAPL, ES, EURUSD, OPTION, RHM

LISTINGS = [each.listing for each in universe()]


@pytest.mark.parametrize(
    ("pattern", "contract_id"),
    [
        (Pattern(contract_id=AAPL), AAPL),
        (Pattern(contract_id=AAPL, exchange="NASDAQ"), AAPL),
        (Pattern(symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD"), AAPL),
        (Pattern(symbol="aapl", sec_type="STK", exchange="IEX"), AAPL),
        (Pattern(symbol="EUR", sec_type="CASH", currency="USD", exchange="IDEALPRO"), EURUSD),
        (Pattern(local_symbol="ESZ6"), ES),
        (Pattern(symbol="ES", sec_type="FUT", expiry="202612"), ES),
        (Pattern(symbol="AAPL", sec_type="OPT", expiry="20261218", strike=250, right="CALL"), OPTION),
        (Pattern(symbol="RHM", primary_exchange="IBIS"), RHM),
        (Pattern(symbol="SAP", currency="EUR"), 14121),
    ],
)
def test_a_pattern_that_says_enough_finds_one_contract(pattern: Pattern, contract_id: int) -> None:
    assert [each.instrument.contract_id for each in find(LISTINGS, pattern)] == [contract_id]


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(symbol="RHM", sec_type="STK", currency="EUR"),
        Pattern(symbol="ES", sec_type="FUT"),
        Pattern(symbol="SAP", sec_type="STK"),
    ],
)
def test_a_pattern_that_says_too_little_finds_several(pattern: Pattern) -> None:
    assert len(find(LISTINGS, pattern)) > 1


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(symbol="NOSUCH"),
        Pattern(contract_id=AAPL, currency="EUR"),
        Pattern(symbol="AAPL", exchange="IBIS"),
        Pattern(contract_id=AAPL, exchange="IDEALPRO"),
    ],
)
def test_a_pattern_that_contradicts_finds_nothing(pattern: Pattern) -> None:
    assert not find(LISTINGS, pattern)


def test_a_search_gives_symbols_before_names_and_no_derivatives() -> None:
    found = [each.instrument for each in matching(LISTINGS, "sp")]
    assert [each.symbol for each in found[:2]] == ["SPY", "SPX"]
    assert {each.instrument.sec_type for each in matching(LISTINGS, "AAPL")} == {"STK"}


def test_a_search_finds_a_company_by_its_name() -> None:
    assert {each.instrument.symbol for each in matching(LISTINGS, "rheinmetall")} == {"RHM"}


def test_a_search_for_nothing_finds_nothing() -> None:
    assert not matching(LISTINGS, " ")

import pytest

from simulator.gateway.contracts import Universe
from simulator.refused import Refused
from simulator.wire.requests import Query
from tests.simulator.fake_model import FRIDAY_NOON, LISTINGS
from tests.simulator.gateway.raw_client import AAPL, RawClient

UNIVERSE = Universe(LISTINGS, lambda: FRIDAY_NOON)


def found(query: Query) -> list[int]:
    return [listing.instrument.contract_id for listing in UNIVERSE.find(query)]


@pytest.mark.parametrize(
    ("query", "contract_ids"),
    [
        (Query(contract_id=265598), [265598]),
        (Query(symbol="aapl", sec_type="STK", exchange="SMART", currency="USD"), [265598]),
        (Query(symbol="AAPL", sec_type="STK", exchange="ISLAND"), [265598]),
        (Query(local_symbol="EUR.USD", sec_type="CASH", exchange="IDEALPRO"), [12087792]),
        (Query(symbol="ES", sec_type="FUT", exchange="CME", expiry="202603"), [495512563]),
        (Query(symbol="RHM", sec_type="STK", exchange="SMART"), [14201, 14202]),
        (Query(symbol="RHM", sec_type="STK", exchange="SMART", primary_exchange="GETTEX"), [14202]),
        (Query(symbol="RHM", sec_type="STK", exchange="IBIS"), [14201]),
    ],
)
def test_a_description_finds_what_fits(query: Query, contract_ids: list[int]) -> None:
    assert found(query) == contract_ids


@pytest.mark.parametrize(
    "query",
    [
        Query(symbol="NOSUCH"),
        Query(symbol="AAPL", sec_type="FUT"),
        Query(contract_id=265598, exchange="CME"),
        Query(symbol="ES", expiry="202606"),
        Query(symbol="ES", multiplier="5"),
    ],
)
def test_what_fits_nothing_is_refused_with_200(query: Query) -> None:
    with pytest.raises(Refused, match="No security definition") as refused:
        UNIVERSE.find(query)
    assert refused.value.code == 200


def test_data_requests_need_one_contract_and_a_route() -> None:
    with pytest.raises(Refused, match="The contract description specified for RHM is ambiguous"):
        UNIVERSE.resolve(Query(symbol="RHM", exchange="SMART"))
    with pytest.raises(Refused, match="Please enter exchange"):
        UNIVERSE.resolve(Query(contract_id=265598))


def test_expired_contracts_are_found_on_request_only() -> None:
    later = Universe(LISTINGS, lambda: FRIDAY_NOON + 100 * 86_400 * 10**9)
    with pytest.raises(Refused):
        later.find(Query(contract_id=495512563))
    assert later.find(Query(symbol="ES", include_expired=True))


def test_a_search_finds_symbols_by_beginning_and_names_by_part() -> None:
    assert [it.symbol for it, _ in UNIVERSE.matching("a")][:2] == ["AAPL", "AMZN"]
    assert [it.symbol for it, _ in UNIVERSE.matching("apple")] == ["AAPL"]
    assert UNIVERSE.matching(" ") == []


def test_details_follow_the_exchange_asked_for_and_end() -> None:
    details, end = RawClient().ask(9, 8, 5, *AAPL, 0, "", "", "")
    assert (details[8], details[13], end) == ("SMART", "265598", ["52", "1", "5"])

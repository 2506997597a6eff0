import pytest

from market.times import parse
from simulator.gateway.contracts import Universe
from simulator.model.companies import COMPANIES
from simulator.model.universe import universe
from simulator.refused import Refused
from simulator.wire.requests import Query
from tests.simulator.fake_model import FRIDAY_NOON, LISTINGS
from tests.simulator.gateway.raw_client import AAPL, RawClient

UNIVERSE = Universe(LISTINGS, lambda: FRIDAY_NOON)


REAL = Universe([each.listing for each in universe()], lambda: parse("2026-11-20T17:00"))


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


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query(symbol="AAPL", sec_type="OPT", exchange="SMART"), 8),
        (Query(symbol="AAPL", sec_type="OPT", expiry="20261218"), 4),
        (Query(symbol="AAPL", sec_type="OPT", expiry="202612", right="CALL"), 2),
        (Query(symbol="AAPL", sec_type="OPT", strike=270.0), 4),
        (Query(symbol="ES", sec_type="FUT", exchange="CME"), 3),
        (Query(symbol="ES", sec_type="FUT", exchange="CME", include_expired=True), 4),
        (Query(symbol="ES", sec_type="FUT", expiry="2027"), 2),
        (Query(symbol="SAP", sec_type="STK"), 2),
    ],
)
def test_a_partial_description_finds_all_that_fits(query: Query, count: int) -> None:
    assert len(REAL.find(query)) == count


@pytest.mark.parametrize(
    ("security_id", "symbols"),
    [
        (("ISIN", "US0378331005"), ["AAPL"]),
        (("isin", "de0007030009"), ["RHM", "RHM"]),
        (("CUSIP", "037833100"), ["AAPL"]),
    ],
)
def test_a_security_is_found_by_its_number(security_id: tuple[str, str], symbols: list[str]) -> None:
    assert [each.instrument.symbol for each in REAL.find(Query(), security_id)] == symbols


@pytest.mark.parametrize("security_id", [("ISIN", "US0000000000"), ("SEDOL", "2046251"), ("CUSIP", "")])
def test_a_number_that_nothing_has_is_refused(security_id: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        REAL.find(Query(sec_type="STK", symbol="RHM"), security_id)
    assert refused.value.code == 200


def test_every_isin_has_its_check_digit() -> None:
    for company in COMPANIES.values():
        digits = "".join(str(int(letter, 36)) for letter in company.isin)
        doubled = (int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits)))
        assert sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def test_the_continuous_future_is_the_front_month_with_details_and_history_only() -> None:
    wanted = Query(symbol="ES", sec_type="CONTFUT", exchange="CME")
    (front,) = REAL.find(wanted)
    assert (front.instrument.sec_type, front.instrument.local_symbol) == ("CONTFUT", "ESZ6")
    assert REAL.resolve(wanted, continuous=True) == front
    with pytest.raises(Refused, match="contract details and historical data only"):
        REAL.resolve(wanted)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Query(symbol="AAPL", sec_type="SHARE"), "valid security type"),
        (Query(symbol="AAPL", sec_type="BAG"), "BAG"),
        (Query(sec_type="STK"), "Please enter a symbol"),
    ],
)
def test_what_describes_no_contract_is_refused_with_321(query: Query, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        REAL.find(query)
    assert refused.value.code == 321


def test_details_tell_the_company_and_its_number() -> None:
    details = RawClient().ask(9, 8, 5, *AAPL, 0, "", "", "")[0]
    assert details[23:26] == ["Technology", "Computers", "Computers"]
    assert details[31:34] == ["1", "ISIN", "US0378331005"]


def test_details_can_be_asked_for_by_isin_and_not_by_an_issuer_of_bonds() -> None:
    client = RawClient()
    nothing = ("", "", "", "", "", "", "", "", "", "", "", "")
    assert client.ask(9, 8, 5, *nothing, 0, "ISIN", "US0378331005", "")[0][13] == "265598"
    assert client.ask(9, 8, 5, *nothing, 0, "", "", "e1359061")[0][2] == "200"

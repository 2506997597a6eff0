import pytest

from market.clock import DrivenClock
from market.times import parse
from simulator.gateway.smart import COMPONENTS
from simulator.model import generated
from simulator.model.api import MarketModel
from simulator.model.market_rules import RULES
from tests.simulator.gateway.raw_client import AAPL, ES, EURUSD, Fields, RawClient

NOON = parse("2026-11-20T17:00")


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=False)


@pytest.fixture
def client(market: MarketModel) -> RawClient:
    return RawClient(model=market, clock=DrivenClock(NOON))


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_market_rule_is_told_step_by_step(rule: int) -> None:
    (answer,) = RawClient().ask(91, rule)
    told = list(zip(answer[3::2], answer[4::2], strict=True))
    assert answer[:3] == ["93", str(rule), str(len(RULES[rule]))]
    assert told == [(f"{step.low_edge:f}", f"{step.increment:f}") for step in RULES[rule]]


def test_an_unknown_market_rule_is_refused() -> None:
    assert RawClient().ask(91, 4)[0][2] == "321"


def chains(answer: list[Fields]) -> dict[str, tuple[list[str], list[str]]]:
    """The expiries and strikes of every exchange."""
    found = {}
    for fields in answer[:-1]:
        count = int(fields[6])
        found[fields[2]] = (fields[7 : 7 + count], fields[8 + count :])
    return found


def test_an_option_chain_comes_by_exchange(client: RawClient) -> None:
    answer = client.ask(78, 5, "AAPL", "", "STK", 265598)
    assert answer[-1] == ["76", "5"]
    assert {fields[3] for fields in answer[:-1]} == {"265598"}
    found = chains(answer)
    assert {"SMART", "CBOE", "BOX"} <= set(found)
    assert found["SMART"] == (["20261218", "20270115", "20280121"], ["250", "270", "280"])


def test_options_that_expired_are_in_no_chain(market: MarketModel) -> None:
    later = RawClient(model=market, clock=DrivenClock(parse("2027-02-01T17:00")))
    assert chains(later.ask(78, 5, "AAPL", "", "STK", 265598))["SMART"][0] == ["20280121"]


def test_a_contract_without_options_has_an_empty_chain(client: RawClient) -> None:
    assert client.ask(78, 5, "MSFT", "", "STK", 272093) == [["76", "5"]]


@pytest.mark.parametrize(
    ("under", "code"),
    [(("AAPL", "", "STK", 1), "200"), (("MSFT", "", "STK", 265598), "200"), (("EUR", "", "CASH", 1), "321")],
)
def test_a_chain_of_nothing_is_refused(client: RawClient, under: tuple[object, ...], code: str) -> None:
    assert client.ask(78, 5, *under)[0][2] == code


def test_a_line_names_the_code_whose_components_can_be_asked_for() -> None:
    client = RawClient()
    code = client.ask(1, 11, 5, *AAPL, 0, "", 0, 0, "")[0][3]
    (answer,) = client.ask(83, 6, code)
    letters = dict(zip(answer[4::3], answer[5::3], strict=True))
    assert answer[:3] == ["82", "6", str(len(letters))]
    assert (letters["NASDAQ"], letters["ARCA"], letters["IEX"]) == ("Q", "P", "V")


@pytest.mark.parametrize("contract", [ES, EURUSD])
def test_what_smart_does_not_route_has_no_components(contract: tuple[object, ...]) -> None:
    client = RawClient()
    assert client.ask(1, 11, 5, *contract, 0, "", 0, 0, "")[0][3] == ""
    assert client.ask(83, 6, "")[0][2] == "321"


@pytest.mark.parametrize("code", sorted(COMPONENTS))
def test_no_two_components_share_a_letter(code: str) -> None:
    letters = [each.letter for each in COMPONENTS[code]]
    assert len(set(letters)) == len(letters)


def test_every_venue_that_prints_on_the_tape_is_a_component(market: MarketModel) -> None:
    known = {each.exchange for each in COMPONENTS["9c0001"]}
    printed = {trade.venue for trade in market.trades(265598, NOON - 600 * 10**9, NOON)}
    assert len(printed) > 4
    assert printed <= known


def test_an_ordinary_account_has_no_family_and_no_tiers() -> None:
    client = RawClient()
    assert client.ask(80) == [["78", "1", "DUSIMC7", ""]]
    assert client.ask(79, 5) == [["77", "5", "0"]]

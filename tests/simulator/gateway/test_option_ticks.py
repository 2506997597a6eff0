"""Options on the wire: computations on lines, and answers to what-if questions."""

from functools import lru_cache

import pytest

from market.clock import DrivenClock
from market.times import DAY, parse
from simulator import pricing
from simulator.model.api import MarketModel
from simulator.model.factory import generated
from tests.simulator.gateway.raw_client import AAPL, Fields, RawClient

NOW = parse("2026-11-20T16:00")
CALL = (711280067, "", "", "", "0.0", "", "", "SMART", "", "", "", "")
PUT = (711280071, "", "", "", "0.0", "", "", "SMART", "", "", "", "")
YEARS = (parse("2026-12-18T21:00") - NOW) / (365 * DAY)


@lru_cache(2)
def market(entitlement: str = "live") -> MarketModel:
    return generated(1, "consistent", False, entitlement)  # type: ignore[arg-type]


def client(version: int = 200, entitlement: str = "live") -> RawClient:
    return RawClient(version, clock=DrivenClock(NOW), model=market(entitlement))


def line(client: RawClient, contract: tuple[object, ...]) -> list[Fields]:
    return client.ask(1, 11, 5, *contract, 0, "", 0, 0, "")


def computations(answer: list[Fields]) -> dict[int, list[float]]:
    """The last values of each tick: volatility, delta, price, dividends, gamma, vega, theta, underlying."""
    return {int(f[2]): [float(value) for value in f[4:]] for f in answer if f[0] == "21"}


@pytest.mark.parametrize(("contract", "right"), [(CALL, "C"), (PUT, "P")])
def test_everything_on_a_computation_belongs_together(
    contract: tuple[object, ...], right: pricing.Right
) -> None:
    found = computations(line(client(), contract))
    assert set(found) == {10, 11, 12, 13}
    for volatility, delta, price, dividends, gamma, vega, theta, spot in found.values():
        value = pricing.value(right, spot, 250.0, YEARS, volatility)
        assert value.price == pytest.approx(price, abs=1e-4)
        assert (delta, gamma, vega, theta) == pytest.approx(
            (value.delta, value.gamma, value.vega, value.theta), abs=1e-4
        )
        assert dividends == 0


def test_the_computations_are_of_the_lines_own_prices() -> None:
    answer = line(client(), CALL)
    prices = {f[3]: float(f[4]) for f in answer if f[0] == "1"}
    found = computations(answer)
    assert (found[10][2], found[11][2], found[12][2]) == (prices["1"], prices["2"], prices["4"])
    assert found[13][2] == pytest.approx((prices["1"] + prices["2"]) / 2)


def test_new_prices_bring_new_computations() -> None:
    gateway = client()
    line(gateway, CALL)
    answer = gateway.wait(300)
    bids = [float(f[4]) for f in answer if f[0] == "1" and f[3] == "1"]
    assert computations(answer)[10][2] == bids[-1]


def test_delayed_options_have_ids_of_their_own() -> None:
    gateway = client(entitlement="delayed")
    gateway.ask(59, 1, 3)
    assert set(computations(line(gateway, CALL))) == {80, 81, 82, 83}


def test_a_snapshot_of_an_option_has_its_computations() -> None:
    answer = client().ask(1, 11, 5, *CALL, 0, "", 1, 0, "")
    assert set(computations(answer)) == {10, 11, 12, 13}
    assert answer[-1][0] == "57"


def test_stocks_have_none() -> None:
    assert computations(line(client(), AAPL)) == {}


def test_volatility_and_price_undo_each_other() -> None:
    gateway = client()
    (priced,) = gateway.ask(55, 3, 6, *CALL, 0.3, 262.5, "")
    volatility, _, price, *_ = computations([priced])[53]
    assert (priced[:3], volatility) == (["21", "6", "53"], 0.3)
    assert price == pytest.approx(pricing.value("C", 262.5, 250.0, YEARS, 0.3).price)
    (implied,) = gateway.ask(54, 3, 7, *CALL, price, 262.5, "")
    assert computations([implied])[53][0] == pytest.approx(0.3, abs=1e-6)
    assert gateway.ask(56, 1, 7) + gateway.ask(57, 1, 6) == []


def test_without_an_underlying_price_the_markets_counts() -> None:
    gateway = client()
    (answer,) = gateway.ask(55, 3, 6, *CALL, 0.3, "", "")
    assert computations([answer])[53][-1] == computations(line(gateway, CALL))[13][-1]


def test_a_price_that_no_volatility_explains_has_no_greeks() -> None:
    (answer,) = client().ask(54, 3, 7, *CALL, 1.0, 300.0, "")
    assert computations([answer])[53] == [-1, -2, 1.0, 0, -2, -2, -2, 300.0]


@pytest.mark.parametrize(("contract", "given"), [(AAPL, 5.0), (CALL, 0), (CALL, "")])
def test_what_cannot_be_calculated_is_refused(contract: tuple[object, ...], given: object) -> None:
    (answer,) = client().ask(54, 3, 7, *contract, given, 262.5, "")
    assert answer[1:3] == ["7", "321"]

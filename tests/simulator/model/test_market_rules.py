from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.model.api import Listing
from simulator.model.market_rules import RULES, increment
from simulator.model.universe import universe

LISTINGS = {each.listing.instrument.contract_id: each.listing for each in universe()}
BMW, RHM, ES, EURUSD = (LISTINGS[number] for number in (14094, 78046366, 649180695, 12087792))


def test_every_rule_that_a_contract_names_exists() -> None:
    assert {rule for each in LISTINGS.values() for rule in each.instrument.market_rule_ids} == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_ladder_begins_at_nothing_and_rises(rule: int) -> None:
    edges = [step.low_edge for step in RULES[rule]]
    assert edges[0] == 0
    assert edges == sorted(set(edges))
    assert all(step.increment > 0 for step in RULES[rule])


@pytest.mark.parametrize(
    ("listing", "price", "step"),
    [
        (ES, "6900", "0.25"),
        (EURUSD, "1.17", "0.00005"),
        (BMW, "92", "0.02"),
        (BMW, "100", "0.01"),
        (RHM, "1600", "0.5"),
        (RHM, "999.9", "0.1"),
    ],
)
def test_the_step_follows_the_price(listing: Listing, price: str, step: str) -> None:
    assert increment(listing, Decimal(price)) == Decimal(step)


@given(st.sampled_from(list(LISTINGS.values())), st.integers(1, 10**6))
def test_a_price_the_market_shows_and_one_the_rule_allows_both_lie_on_the_step(
    listing: Listing, steps: int
) -> None:
    shown = Decimal(repr(listing.instrument.min_tick)) * steps
    assert shown % increment(listing, shown) == 0
    ladder = RULES[listing.instrument.market_rule_ids[0]]
    rung = [step for step in ladder if step.low_edge <= shown][-1]
    allowed = shown // rung.increment * rung.increment
    assert allowed % increment(listing, shown) == 0


def test_without_a_rule_the_minimum_tick_counts() -> None:
    bare = msgspec.structs.replace(ES.instrument, market_rule_ids=())
    assert increment(msgspec.structs.replace(ES, instrument=bare), Decimal(5)) == Decimal("0.25")

import pytest

from market.source import Source
from simulator.model import generated


@pytest.mark.parametrize(
    ("feed", "always_open", "name"),
    [("consistent", False, "sim-3-consistent"), ("tws", True, "sim-3-tws-24h")],
)
def test_a_generated_market_names_its_source(feed: str, always_open: bool, name: str) -> None:
    market = generated(3, feed, always_open)  # type: ignore[arg-type]
    assert market.source.name == name
    assert Source.of_account(market.source.account) == market.source


def test_an_account_without_subscriptions_is_told_so_by_every_listing() -> None:
    market = generated(3, "tws", False, "none")
    assert {each.entitlement for each in market.listings} == {"none"}

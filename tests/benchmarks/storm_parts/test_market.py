from benchmarks.storm_parts.market import CONTRACTS, members, storm_market
from benchmarks.storm_parts.turn import START
from benchmarks.storm_parts.wants import expected, names, wants
from market.times import MINUTE
from market.wanted import WantedDepth, WantedTicks


def test_there_are_fifty_contracts_that_trade_on_the_day() -> None:
    market = storm_market(1, "consistent")
    numbers = [each.instrument.contract_id for each in market.listings]
    assert len(set(numbers)) == CONTRACTS
    assert all(each.entitlement == "live" for each in market.listings)
    assert all(market.sessions(number, START, START + MINUTE) for number in numbers)


def test_feeds_and_seeds_are_sources_of_their_own() -> None:
    sources = {storm_market(seed, feed).source for seed in (1, 2) for feed in ("consistent", "tws")}
    assert len(sources) == 4


def test_what_is_wanted_keeps_within_the_quotas_of_a_hundred_lines() -> None:
    wanted = wants(names([each.listing.instrument for each in members()]), "DU1")
    kinds = [each.source for each in wanted if isinstance(each, WantedTicks)]
    assert (kinds.count("l1"), kinds.count("tbt")) == (50, 5)
    assert sum(isinstance(each, WantedDepth) for each in wanted) == 3
    assert len(wanted) == len(set(wanted)) == len(expected()) + 5

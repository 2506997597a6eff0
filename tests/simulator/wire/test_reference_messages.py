from decimal import Decimal

import pytest

from simulator.wire import reference_messages as wire
from simulator.wire.reference_messages import Chain, Component
from tests.simulator.wire.oracle import decode

each_version = pytest.mark.parametrize("version", range(151, 201))


@each_version
def test_a_market_rule(version: int) -> None:
    ladder = [(Decimal(0), Decimal("0.00005")), (Decimal(1), Decimal("0.01"))]
    ((_, (rule, increments)),) = decode(version, wire.market_rule(version, 239, ladder))
    assert rule == 239
    assert [(each.lowEdge, each.increment) for each in increments] == [(0.0, 0.00005), (1.0, 0.01)]


@each_version
def test_an_option_chain_and_its_end(version: int) -> None:
    chain = Chain("CBOE", 265598, "AAPL", 100.0, ["20261218", "20270115"], [250.0, 272.5])
    one, end = decode(version, wire.option_chain(version, 5, chain), wire.option_chain_end(version, 5))
    assert one[1] == (5, "CBOE", 265598, "AAPL", "100", {"20261218", "20270115"}, {250.0, 272.5})
    assert end == ("securityDefinitionOptionParameterEnd", (5,))


@each_version
def test_tiers_families_and_news_providers(version: int) -> None:
    tiers, families, providers, news = decode(
        version,
        wire.soft_dollar_tiers(version, 5, [("a", "b", "c")]),
        wire.family_codes(version, [("DU1", "F1"), ("DU2", "")]),
        wire.news_providers(version, [("BRFG", "Briefing.com")]),
        wire.historical_news_end(version, 6, more=True),
    )
    assert [(each.name, each.val, each.displayName) for each in tiers[1][1]] == [("a", "b", "c")]
    assert [(each.accountID, each.familyCodeStr) for each in families[1][0]] == [("DU1", "F1"), ("DU2", "")]
    assert [(each.code, each.name) for each in providers[1][0]] == [("BRFG", "Briefing.com")]
    assert news == ("historicalNewsEnd", (6, True))


@each_version
def test_smart_components(version: int) -> None:
    told = [Component(0, "AMEX", "A"), Component(1, "BEX", "B")]
    ((_, (request_id, components)),) = decode(version, wire.smart_components(version, 5, told))
    found = [(each.bitNumber, each.exchange, each.exchangeLetter) for each in components]
    assert (request_id, found) == (5, [(0, "AMEX", "A"), (1, "BEX", "B")])


@each_version
def test_a_histogram_has_fractions_only_for_those_who_read_them(version: int) -> None:
    ((_, (request_id, rows)),) = decode(
        version, wire.histogram(version, 5, [(Decimal("150.25"), 100.5), (Decimal("150.50"), 7.0)])
    )
    fraction = Decimal("100.5" if version >= 163 else 100)
    assert request_id == 5
    assert [(each.price, each.size) for each in rows] == [(150.25, fraction), (150.5, Decimal(7))]


@pytest.mark.parametrize("version", range(165, 201))
def test_a_schedule(version: int) -> None:
    session = ("20260109-09:30:00", "20260109-16:00:00", "20260109")
    frame = wire.historical_schedule(version, 5, session[:2], "US/Eastern", [session])
    ((_, (request_id, start, end, zone, sessions)),) = decode(version, frame)
    assert (request_id, start, end, zone) == (5, *session[:2], "US/Eastern")
    assert [(each.startDateTime, each.endDateTime, each.refDate) for each in sessions] == [session]


@each_version
def test_display_groups(version: int) -> None:
    groups, update = decode(
        version,
        wire.display_groups(version, 5, "1|2|3"),
        wire.display_group_updated(version, 5, "265598@SMART"),
    )
    assert groups == ("displayGroupList", (5, "1|2|3"))
    assert update == ("displayGroupUpdated", (5, "265598@SMART"))

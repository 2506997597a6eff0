"""IB's own client asks what surrounds the contracts and reads every answer to its last field."""

from typing import Any

import pytest

from market.clock import DrivenClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.official import connected, stock


def asked(client: Any, version: int) -> dict[str, tuple[Any, ...]]:
    """Ask everything; the first answer of each kind."""
    client.reqMarketRule(26)
    client.reqSecDefOptParams(1, "AAPL", "", "STK", 265598)
    client.reqSmartComponents(2, "9c0001")
    client.reqFamilyCodes()
    client.reqSoftDollarTiers(3)
    client.reqNewsProviders()
    client.reqHistoricalNews(4, 265598, "BRFG", "", "", 10, [])
    client.reqHistogramData(5, stock("AAPL"), True, "1 day")
    client.queryDisplayGroups(6)
    client.subscribeToGroupEvents(7, 3)
    client.reqMatchingSymbols(8, "AAPL")
    names = [
        *("marketRule", "securityDefinitionOptionParameterEnd", "smartComponents", "familyCodes"),
        *("softDollarTiers", "newsProviders", "historicalNewsEnd", "histogramData"),
        *("displayGroupList", "displayGroupUpdated", "symbolSamples"),
    ]
    if version >= 165:
        client.reqHistoricalData(9, stock("AAPL"), "", "2 D", "1 day", "SCHEDULE", 1, 1, False, [])
        names.append("historicalSchedule")
    return {name: client.next(name) for name in names}


@pytest.mark.parametrize("version", [200, 187, 176, 163, 157])
def test_the_official_client_reads_every_answer(version: int) -> None:
    options = GatewayOptions(server_version=version)
    with (
        run_in_thread(FakeModel(), DrivenClock(FRIDAY_NOON), options) as gateway,
        connected(gateway.port) as client,
    ):
        got = asked(client, version)
    assert [(each.lowEdge, each.increment) for each in got["marketRule"][1]] == [(0.0, 0.01)]
    assert got["smartComponents"][1][0].exchange == "AMEX"
    assert [each.accountID for each in got["familyCodes"][0]] == ["DUSIMC7"]
    assert got["newsProviders"][0][0].code == "BRFG"
    assert got["histogramData"][1]
    assert got["displayGroupUpdated"] == (7, "none")
    assert got["symbolSamples"][1][0].contract.conId == 265598
    if version >= 165:
        request_id, _, end, zone, sessions = got["historicalSchedule"]
        assert (request_id, end, zone, len(sessions)) == (9, "20260109-16:00:00", "US/Eastern", 2)

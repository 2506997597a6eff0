from decimal import Decimal

import pytest

from simulator.wire import depth_messages as wire
from tests.simulator.wire.oracle import decode

each_version = pytest.mark.parametrize("version", range(151, 201))


MARKETS = (wire.DepthMarket("ISLAND", "STK", "NASDAQ", "Deep2", 1), wire.DepthMarket("CME", "FUT"))


@each_version
def test_rows_of_a_book(version: int) -> None:
    small = Decimal("0.5") if version >= 163 else Decimal(0)
    plain, maker = decode(
        version,
        wire.depth_row(version, 5, 2, wire.UPDATE, wire.BID, 1.17005, 0.5),
        wire.maker_row(version, 6, 0, "ISLAND", wire.INSERT, wire.ASK, 150.25, 300.0, smart=True),
    )
    assert plain == ("updateMktDepth", (5, 2, 1, 1, 1.17005, small))
    assert maker == ("updateMktDepthL2", (6, 0, "ISLAND", 0, 0, 150.25, Decimal(300), True))


@each_version
def test_the_exchanges_that_have_depth(version: int) -> None:
    ((name, (markets,)),) = decode(version, wire.depth_exchanges(version, MARKETS))
    assert name == "mktDepthExchanges"
    first, second = markets
    assert (first.exchange, first.secType, first.listingExch, first.serviceDataType, first.aggGroup) == (
        ("ISLAND", "STK", "NASDAQ", "Deep2", 1)
    )
    assert (second.exchange, second.serviceDataType, second.aggGroup) == ("CME", "Deep", 2**31 - 1)

from collections import Counter

import pytest

from market.instrument import Instrument
from simulator.model.sessions import Schedule
from simulator.model.universe import universe

INSTRUMENTS = [each.listing.instrument for each in universe()]


def test_contract_ids_are_unique() -> None:
    assert len({each.contract_id for each in INSTRUMENTS}) == len(INSTRUMENTS) >= 18


@pytest.mark.parametrize(
    ("contract_id", "what"),
    [
        (265598, "AAPL STK NASDAQ USD (conId 265598) APPLE INC"),
        (756733, "SPY STK ARCA USD (conId 756733) SPDR S&P 500 ETF TRUST"),
        (12087792, "EUR CASH IDEALPRO USD (conId 12087792) European Monetary Union Euro"),
        (15016059, "USD CASH IDEALPRO JPY (conId 15016059) United States dollar"),
    ],
)
def test_well_known_contracts_have_their_real_ids(contract_id: int, what: str) -> None:
    (found,) = (each for each in INSTRUMENTS if each.contract_id == contract_id)
    assert found.describe() == what


@pytest.mark.parametrize("each", INSTRUMENTS, ids=lambda each: each.local_symbol)
def test_every_contract_has_what_contract_details_need(each: Instrument) -> None:
    assert each.time_zone
    assert each.trading_class
    assert each.name
    assert each.exchange in each.valid_exchanges
    assert len(each.market_rule_ids) == len(each.valid_exchanges)


def test_every_entitlement_and_a_stream_without_ticks_are_there() -> None:
    rights = Counter(each.listing.entitlement for each in universe())
    assert rights["delayed"]
    assert rights["none"]
    assert any(each.listing.entitlement == "live" and not each.listing.tick_by_tick for each in universe())


def test_an_account_without_subscriptions_has_one_entitlement_for_all() -> None:
    assert {each.listing.entitlement for each in universe("delayed")} == {"delayed"}


def test_futures_settle_on_the_third_friday_and_their_symbols_say_so() -> None:
    for each in (member for member in universe() if member.listing.instrument.sec_type == "FUT"):
        last = Schedule.of(each).last
        assert last.weekday() == 4
        assert 15 <= last.day <= 21
        assert each.listing.instrument.local_symbol[-2:] == f"{'HMUZ'[last.month // 3 - 1]}{last.year % 10}"

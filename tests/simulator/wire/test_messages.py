"""Every message, at every version the official decoder knows, is understood to its last field."""

from decimal import Decimal

import pytest

from market.instrument import Instrument
from simulator.wire import messages
from tests.simulator.fake_model import ES, EURUSD, LISTINGS
from tests.simulator.wire.oracle import decode

AAPL = LISTINGS[0].instrument
each_version = pytest.mark.parametrize("version", range(157, 201))


@each_version
def test_an_error(version: int) -> None:
    ((name, args),) = decode(version, messages.error(version, 5, 354, "Keine Daten für ü", 1_767_969_000_123))
    time = 1_767_969_000_123 if version >= 194 else 0
    assert (name, args) == ("error", (5, time, 354, "Keine Daten für ü", ""))


@each_version
def test_ids_accounts_and_times(version: int) -> None:
    calls = decode(
        version,
        messages.next_valid_id(version, 7),
        messages.managed_accounts(version, "DUSIMC1"),
        messages.current_time(version, 1_767_969_000),
        messages.current_time_in_millis(version, 1_767_969_000_123),
        messages.user_info(version, 3),
    )
    assert calls == [
        ("nextValidId", (7,)),
        ("managedAccounts", ("DUSIMC1",)),
        ("currentTime", (1_767_969_000,)),
        ("currentTimeInMillis", (1_767_969_000_123,)),
        ("userInfo", (3, "")),
    ]


@each_version
def test_account_lines(version: int) -> None:
    calls = decode(
        version,
        messages.account_value(version, "NetLiquidation", "10.50", "USD", "DU1"),
        messages.account_time(version, "09:30"),
        messages.account_download_end(version, "DU1"),
        messages.account_summary(version, 4, "DU1", "BuyingPower", "40", "USD"),
        messages.account_summary_end(version, 4),
        messages.account_update_multi(version, 5, "DU1", "Cushion", "1", ""),
        messages.account_update_multi_end(version, 5),
    )
    assert calls == [
        ("updateAccountValue", ("NetLiquidation", "10.50", "USD", "DU1")),
        ("updateAccountTime", ("09:30",)),
        ("accountDownloadEnd", ("DU1",)),
        ("accountSummary", (4, "DU1", "BuyingPower", "40", "USD")),
        ("accountSummaryEnd", (4,)),
        ("accountUpdateMulti", (5, "DU1", "", "Cushion", "1", "")),
        ("accountUpdateMultiEnd", (5,)),
    ]


@each_version
@pytest.mark.parametrize("instrument", [AAPL, EURUSD, ES], ids=lambda it: it.symbol)
def test_holdings(version: int, instrument: Instrument) -> None:
    portfolio, position, multi = decode(
        version,
        messages.portfolio_value(version, instrument, 3.0, 110.0, 100.0, "DU1"),
        messages.position(version, instrument, 3.0, 100.0, "DU1"),
        messages.position_multi(version, 8, instrument, 3.0, 100.0, "DU1"),
    )
    unit = instrument.multiplier
    amounts = (Decimal(3), 110.0, 330.0 * unit, 100.0 * unit, 30.0 * unit, 0.0, "DU1")
    assert portfolio[1][1:] == amounts
    assert position[1][0] == "DU1"
    assert position[1][2:] == (Decimal(3), 100.0 * unit)
    assert multi[1][:3] == (8, "DU1", "")
    contracts = (portfolio[1][0], position[1][1], multi[1][3])
    assert {each.conId for each in contracts} == {instrument.contract_id}
    assert {each.lastTradeDateOrContractMonth for each in contracts} == {instrument.expiry}
    assert {each.multiplier for each in contracts} == {"50" if instrument is ES else ""}
    assert {each.tradingClass for each in contracts} == {instrument.trading_class}


@each_version
def test_ends_of_lists(version: int) -> None:
    calls = decode(
        version,
        messages.position_end(version),
        messages.position_multi_end(version, 8),
        messages.open_order_end(version),
        messages.execution_data_end(version, 9),
        messages.completed_orders_end(version),
    )
    names = ["positionEnd", "positionMultiEnd", "openOrderEnd", "execDetailsEnd", "completedOrdersEnd"]
    assert [name for name, _ in calls] == names
    assert [args for _, args in calls] == [(), (8,), (), (9,), ()]

"""Every account message, at every version the official decoder knows, is understood to its last field."""

from decimal import Decimal

import pytest

from market.instrument import Instrument
from simulator.wire import account_messages as messages
from tests.simulator.account.trades import option
from tests.simulator.fake_model import ES, EURUSD, LISTINGS
from tests.simulator.wire.oracle import decode

D = Decimal
AAPL = LISTINGS[0].instrument
each_version = pytest.mark.parametrize("version", range(151, 201))


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
@pytest.mark.parametrize(
    "instrument", [AAPL, EURUSD, ES, option("P", 150.0).instrument], ids=lambda it: it.sec_type
)
def test_holdings(version: int, instrument: Instrument) -> None:
    amounts = {
        "price": D("110.125"),
        "value": D("-330.38"),
        "average_cost": D("100.01"),
        "unrealised": D("-30.35"),
        "realised": D("2.00"),
    }
    portfolio, position, multi = decode(
        version,
        messages.portfolio_value(version, instrument, D("-3.5"), **amounts, account="DU1"),
        messages.position(version, "DU1", instrument, D("-3.5"), D("100.01")),
        messages.position_multi(version, 8, "DU1", instrument, D("-3.5"), D("100.01")),
    )
    assert portfolio[1][1:] == (D("-3.5"), *map(float, amounts.values()), "DU1")
    assert (position[1][0], position[1][2:]) == ("DU1", (D("-3.5"), 100.01))
    assert (multi[1][:3], multi[1][4:]) == ((8, "DU1", ""), (D("-3.5"), 100.01))
    for contract in (portfolio[1][0], position[1][1], multi[1][3]):
        assert contract.conId == instrument.contract_id
        assert contract.lastTradeDateOrContractMonth == instrument.expiry
        assert contract.strike == (instrument.strike or 0.0)
        assert contract.right in (instrument.right, "0")
        assert contract.multiplier == {"FUT": "50", "OPT": "100"}.get(instrument.sec_type, "")
        assert contract.tradingClass == instrument.trading_class


@each_version
def test_profit(version: int) -> None:
    daily, unrealised, realised, value = D("-1.25"), D("3.50"), D("0.00"), D("15000.10")
    calls = decode(
        version,
        messages.pnl(version, 8, daily, unrealised, realised),
        messages.pnl_single(version, 9, D("0.5"), daily, unrealised, realised, value),
    )
    held = D("0.5") if version >= 163 else D(0)
    assert calls == [
        ("pnl", (8, -1.25, 3.5, 0.0)),
        ("pnlSingle", (9, held, -1.25, 3.5, 0.0, 15000.1)),
    ]


@each_version
def test_ends_of_lists(version: int) -> None:
    calls = decode(version, messages.position_end(version), messages.position_multi_end(version, 8))
    assert calls == [("positionEnd", ()), ("positionMultiEnd", (8,))]


def test_an_amount_that_is_not_known_is_unset() -> None:
    ((_, args),) = decode(200, messages.pnl_single(200, 9, D(0), None, None, None, None))
    assert args == (9, D(0), *[1.7976931348623157e308] * 4)

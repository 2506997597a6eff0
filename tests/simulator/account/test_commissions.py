"""IB's published examples, and the rules beside them."""

from decimal import Decimal

import pytest

from market.instrument import Instrument
from simulator.account.commissions import Execution, currency_of, of_order
from tests.simulator.account.trades import AMZN, BITCOIN, EURO, FUTURE, RHM, option

D = Decimal
STOCK, EUROPEAN, FOREX = AMZN.instrument, RHM.instrument, EURO.instrument
OPTION = option("C", 150.0).instrument


def charged(instrument: Instrument, quantity: str, price: str, *, sign: int = 1, volume: int = 0) -> Decimal:
    value = D(quantity) * D(price) * D(repr(instrument.multiplier))
    return of_order(instrument, [Execution(sign, D(quantity), D(price), value)], D(volume))


@pytest.mark.parametrize(
    ("instrument", "quantity", "price", "amount"),
    [
        (STOCK, "100", "25", "1.00"),
        (STOCK, "1000", "25", "5.00"),
        (STOCK, "1000", "0.25", "2.50"),
        (EUROPEAN, "100", "40", "3.00"),
        (EUROPEAN, "10", "1600", "8.00"),
        (OPTION, "1", "2", "1.00"),
        (OPTION, "2", "5", "1.30"),
        (OPTION, "3", "0.075", "1.50"),
        (OPTION, "5", "0.03", "1.25"),
        (FUTURE.instrument, "1", "6900", "2.25"),
        (FOREX, "50000", "1", "2.00"),
        (FOREX, "1000000", "1.1", "22.00"),
        (BITCOIN.instrument, "0.001", "90000", "0.90"),
        (BITCOIN.instrument, "0.01", "90000", "1.75"),
        (BITCOIN.instrument, "1", "90000", "162.00"),
    ],
)
def test_an_order_is_charged_as_published(
    instrument: Instrument, quantity: str, price: str, amount: str
) -> None:
    assert charged(instrument, quantity, price) == D(amount)


@pytest.mark.parametrize(
    ("instrument", "quantity", "price", "volume", "amount"),
    [
        (OPTION, "3", "0.075", 10_001, "1.50"),
        (OPTION, "5", "2", 50_001, "1.25"),
        (OPTION, "7", "2", 100_001, "1.05"),
        (FOREX, "1000000", "1", 1_000_000_001, "15.00"),
        (FOREX, "1000", "1", 5_000_000_001, "1.00"),
        (BITCOIN.instrument, "1", "100000", 100_001, "150.00"),
        (BITCOIN.instrument, "1", "100000", 2_000_000, "120.00"),
    ],
)
def test_a_months_volume_lowers_the_rate(
    instrument: Instrument, quantity: str, price: str, volume: int, amount: str
) -> None:
    assert charged(instrument, quantity, price, volume=volume) == D(amount)


def test_the_sale_of_american_shares_pays_the_regulators_too() -> None:
    own = charged(STOCK, "1000", "25")
    assert charged(STOCK, "1000", "25", sign=-1) == own + D("0.0000278") * 25_000 + D("0.166")
    assert charged(EUROPEAN, "10", "1600", sign=-1) == 8


def test_forex_is_charged_in_the_accounts_currency_and_shares_in_their_own() -> None:
    assert (currency_of(FOREX), currency_of(EUROPEAN)) == ("USD", "EUR")
    yen = Instrument(contract_id=1, symbol="USD", sec_type="CASH", exchange="IDEALPRO", currency="JPY")
    assert currency_of(yen) == "USD"

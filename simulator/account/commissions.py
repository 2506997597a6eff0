"""What IB charges for an order: its published rates, on the Fixed plan where there is a choice.

Sources, as of 2025, under interactivebrokers.com/en/pricing: commissions-stocks.php (US and Europe),
commissions-options.php, commissions-futures.php (exchange fees: accounts/fees/CME.php),
commissions-spot-currencies.php, commissions-cryptocurrencies.php.
Volume tiers count a month's trading up to the day before: IB sums volumes once daily, so that a lower rate
begins on the next trading day. Minimums and maximums are per order; an order that lives on overnight counts
as a new one.

Not modelled: rebates and surcharges of single venues, options' exchange and clearing fees, direct routing,
taxes.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from market.instrument import Instrument
from simulator.account.marks import BASE
from simulator.exchange.api import ZERO

D = Decimal
T = TypeVar("T")
_EXACT = D("0.000001")
# (up to and including this much a month, rate); the last one has no end.
Tiers = tuple[tuple[Decimal | None, Decimal], ...]

# Per contract by the premium of the trade, for each volume of contracts a month.
_OPTIONS: tuple[tuple[Decimal | None, Tiers], ...] = (
    (D(10_000), ((D("0.05"), D("0.25")), (D("0.10"), D("0.50")), (None, D("0.65")))),
    (D(50_000), ((D("0.05"), D("0.25")), (None, D("0.50")))),
    (D(100_000), ((None, D("0.25")),)),
    (None, ((None, D("0.15")),)),
)
# Basis points of value and minimum per order, by a month's value in dollars.
_FOREX: tuple[tuple[Decimal | None, tuple[Decimal, Decimal]], ...] = (
    (D(1_000_000_000), (D("0.00002"), D("2.00"))),
    (D(2_000_000_000), (D("0.000015"), D("1.50"))),
    (D(5_000_000_000), (D("0.00001"), D("1.25"))),
    (None, (D("0.000008"), D("1.00"))),
)
_CRYPTO: Tiers = ((D(100_000), D("0.0018")), (D(1_000_000), D("0.0015")), (None, D("0.0012")))
# Exchange and regulatory fees per contract on top of IB's own 0.85: CME 1.38 for E-minis, NFA 0.02.
_FUTURES = {"USD": D("0.85"), "EUR": D("0.65"), "GBP": D("0.60")}
_FUTURES_FEES = {"ES": D("1.40"), "NQ": D("1.40")}


class Execution(msgspec.Struct, frozen=True):
    """A part of an order: `sign` 1 bought, -1 sold; `value` is positive, in the commission's currency."""

    sign: int
    quantity: Decimal
    price: Decimal
    value: Decimal


def currency_of(instrument: Instrument) -> str:
    """What the commission is charged in: the contract's currency, for forex the account's."""
    return BASE if instrument.sec_type == "CASH" else instrument.currency


def measure(instrument: Instrument, execution: Execution) -> tuple[str, Decimal]:
    """Which monthly volume an execution adds to, and how much: contracts or value."""
    by_value = instrument.sec_type in ("CASH", "CRYPTO")
    return instrument.sec_type, execution.value if by_value else execution.quantity


def of_order(instrument: Instrument, executions: Sequence[Execution], volume: Decimal = ZERO) -> Decimal:
    """The commission of all of an order's executions, in `currency_of` it, to a millionth.

    `volume` is what was traded before this month, see `measure`. Raises nothing: a kind of contract that
    has no published rate here is free.

    >>> from market.instrument import Instrument
    >>> stock = Instrument(contract_id=1, symbol="X", sec_type="STK", exchange="SMART", currency="USD")
    >>> of_order(stock, [Execution(1, D(1000), D(25), D(25_000))])
    Decimal('5.000000')
    """
    amount = ZERO
    if instrument.sec_type == "STK":
        amount = _stock(instrument.currency, executions)
    elif instrument.sec_type in ("OPT", "FOP"):
        amount = _option(executions, volume)
    elif instrument.sec_type == "FUT":
        each = _FUTURES.get(instrument.currency, D("0.85")) + _FUTURES_FEES.get(instrument.symbol, ZERO)
        amount = each * _quantity(executions)
    elif instrument.sec_type == "CASH":
        rate, least = _tier(_FOREX, volume)
        amount = max(rate * _value(executions), least)
    elif instrument.sec_type == "CRYPTO":
        amount = _crypto(_value(executions), volume)
    return amount.quantize(_EXACT)


def _stock(currency: str, executions: Sequence[Execution]) -> Decimal:
    """US: USD 0.005 a share, at least 1.00, at most 1 % of value. Europe: 0.05 %, at least EUR 3.00."""
    value = _value(executions)
    if currency != "USD":
        return max(D("0.0005") * value, D(3))
    own = min(max(D("0.005") * _quantity(executions), D(1)), value / 100)
    return own + _regulatory(executions, D("0.000166"), D("8.30"))


def _option(executions: Sequence[Execution], volume: Decimal) -> Decimal:
    """Per contract by premium, at least USD 1.00 an order."""
    rates = _tier(_OPTIONS, volume)
    own = sum((_below(rates, each.price) * each.quantity for each in executions), ZERO)
    return max(own, D(1)) + _regulatory(executions, D("0.00279"), None)


def _crypto(value: Decimal, volume: Decimal) -> Decimal:
    """A share of the value, at least USD 1.75, which is itself at most 1 % of the value."""
    return max(_tier(_CRYPTO, volume) * value, min(D("1.75"), value / 100))


def _regulatory(executions: Sequence[Execution], per_unit: Decimal, most: Decimal | None) -> Decimal:
    """SEC's fee of 27.80 dollars per million sold, and FINRA's per unit sold."""
    sold = [each for each in executions if each.sign < 0]
    activity = per_unit * _quantity(sold)
    return D("0.0000278") * _value(sold) + (activity if most is None else min(activity, most))


def _quantity(executions: Sequence[Execution]) -> Decimal:
    return sum((each.quantity for each in executions), ZERO)


def _value(executions: Sequence[Execution]) -> Decimal:
    return sum((each.value for each in executions), ZERO)


def _tier(tiers: tuple[tuple[Decimal | None, T], ...], volume: Decimal) -> T:
    return next(rate for most, rate in tiers if most is None or volume <= most)


def _below(tiers: Tiers, premium: Decimal) -> Decimal:
    return next(rate for limit, rate in tiers if limit is None or premium < limit)

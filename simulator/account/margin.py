"""What must be set aside for what is held: an approximation, by published rules of thumb.

IB computes margins by its own and the exchanges' risk models, raises them for concentrated or volatile
positions, and nets hedged ones. None of that is here: each position stands alone and pays

* stocks: Regulation T: long 50 % initial, 25 % maintenance; short 150 % and 130 % of the value, of which
  the proceeds in cash are the first 100 %, so that 50 % and 30 % are asked for on top;
* options, long: nothing, and they are no collateral; short: IB's formula for naked options, the premium and
  the larger of 20 % of the underlying less what it is out of the money, and 10 % of underlying (call) or
  strike (put);
* futures: so much per contract (near what the CME asked in 2025), others 10 % and 9 % of their value;
* currencies other than the account's: 2.5 % of the balance, owned or owed, as IB asks of the majors;
* crypto: all of it.
"""

from decimal import Decimal

import msgspec

from simulator.account.position import Position
from simulator.exchange.api import ZERO

D = Decimal
FOREX = D("0.025")

_STOCK = {1: (D("0.50"), D("0.25")), -1: (D("0.50"), D("0.30"))}
# Per contract, initial and maintenance.
_FUTURES = {"ES": (D(24_000), D(21_800)), "NQ": (D(36_300), D(33_000))}
_OTHER_FUTURES = (D("0.10"), D("0.09"))


class Requirement(msgspec.Struct, frozen=True):
    """Initial and maintenance margin."""

    initial: Decimal = ZERO
    maintenance: Decimal = ZERO

    def __add__(self, other: "Requirement") -> "Requirement":
        return Requirement(self.initial + other.initial, self.maintenance + other.maintenance)

    def in_base(self, rate: Decimal) -> "Requirement":
        """The same in the account's currency, to a cent."""
        cent = D("0.01")
        return Requirement((self.initial * rate).quantize(cent), (self.maintenance * rate).quantize(cent))


def of_position(position: Position, underlying: Decimal | None) -> Requirement:
    """What a position asks for in its contract's currency; `underlying` is the price below an option."""
    kind, value = position.instrument.sec_type, abs(position.value)
    if kind == "STK":
        initial, maintenance = _STOCK[1 if position.quantity > 0 else -1]
        return Requirement(initial * value, maintenance * value)
    if kind == "FUT":
        return _future(position, value)
    if kind in ("OPT", "FOP") and position.quantity < 0:
        asked = value + abs(position.quantity) * position.unit * _uncovered(position, underlying)
        return Requirement(asked, asked)
    if kind == "CRYPTO":
        return Requirement(value, value)
    return Requirement()


def _future(position: Position, value: Decimal) -> Requirement:
    count = abs(position.quantity)
    if position.instrument.symbol in _FUTURES:
        initial, maintenance = _FUTURES[position.instrument.symbol]
        return Requirement(initial * count, maintenance * count)
    return Requirement(_OTHER_FUTURES[0] * value, _OTHER_FUTURES[1] * value)


def _uncovered(position: Position, underlying: Decimal | None) -> Decimal:
    """Of a naked option, per unit of the underlying and on top of the premium."""
    strike = Decimal(repr(position.instrument.strike or 0.0))
    price = strike if underlying is None else underlying
    call = position.instrument.right.startswith("C")
    away = max(strike - price if call else price - strike, ZERO)
    return max(D("0.20") * price - away, D("0.10") * (price if call else strike))

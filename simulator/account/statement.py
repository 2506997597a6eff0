"""The account at a moment: balances by currency, and the figures that follow from them.

Every amount is rounded to a cent once, where it arises; the rest is sums of those, so that what a client
adds up comes out exactly.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from simulator.account import margin
from simulator.account.margin import Requirement
from simulator.account.marks import BASE
from simulator.account.position import CENT, Position
from simulator.exchange.api import ZERO

D = Decimal


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One currency's part. `cash` includes the result of open futures, as IB's does.

    `unrealised` and `realised` are those of the positions in this currency, since midnight the latter.
    """

    currency: str
    rate: Decimal
    cash: Decimal
    stock: Decimal
    option: Decimal
    crypto: Decimal
    futures: Decimal
    unrealised: Decimal
    realised: Decimal

    @property
    def net(self) -> Decimal:
        """What this currency adds to the net liquidation, in itself."""
        return self.cash + self.stock + self.option + self.crypto

    def in_base(self) -> "Balance":
        """The same in the account's currency, to a cent."""
        changed = {name: (getattr(self, name) * self.rate).quantize(CENT) for name in _AMOUNTS}
        return msgspec.structs.replace(self, currency="BASE", rate=D(1), **changed)


_AMOUNTS = ("cash", "stock", "option", "crypto", "futures", "unrealised", "realised")


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; money is in the account's currency unless it stands in a balance.

    `securities` and `futures` are the margins of IB's two segments, `overnight` what Regulation T asks at the
    close, `gross` the value of all positions regardless of side.
    """

    account: str
    balances: Sequence[Balance]
    total: Balance
    gross: Decimal
    securities: Requirement
    futures: Requirement
    overnight: Decimal
    previous_equity: Decimal

    @property
    def net_liquidation(self) -> Decimal:
        return self.total.net

    @property
    def equity(self) -> Decimal:
        """Equity with loan value: options and crypto are no collateral."""
        return self.total.cash + self.total.stock

    @property
    def margin(self) -> Requirement:
        return self.securities + self.futures

    @property
    def available(self) -> Decimal:
        return self.equity - self.margin.initial

    @property
    def excess(self) -> Decimal:
        return self.equity - self.margin.maintenance

    @property
    def buying_power(self) -> Decimal:
        """Four times what today's and yesterday's equity both cover, IB's rule for margin accounts."""
        return max(4 * (min(self.equity, self.previous_equity) - self.margin.initial), D("0.00"))

    @property
    def cushion(self) -> Decimal:
        """The share of the net liquidation that could be lost before a margin call."""
        return self.excess / self.net_liquidation if self.net_liquidation > 0 else ZERO


def balance(
    currency: str, rate: Decimal, cash: Decimal, held: Sequence[Position], realised: Decimal
) -> Balance:
    """One currency's balance from its ledger cash, of which open futures took their whole value."""
    values = {
        kinds: sum((each.value for each in held if each.instrument.sec_type in kinds), ZERO)
        for kinds in (("STK",), ("OPT", "FOP"), ("CRYPTO",), ("FUT",))
    }
    stock, option, crypto, futures = values.values()
    futures_result = sum((each.unrealised for each in held if each.instrument.sec_type == "FUT"), ZERO)
    return Balance(
        currency=currency,
        rate=rate,
        cash=(cash + futures).quantize(CENT),
        stock=stock.quantize(CENT),
        option=option.quantize(CENT),
        crypto=crypto.quantize(CENT),
        futures=futures_result.quantize(CENT),
        unrealised=sum((each.unrealised for each in held), ZERO).quantize(CENT),
        realised=realised.quantize(CENT),
    )


def statement(
    account: str,
    balances: Sequence[Balance],
    held: Sequence[Position],
    underlyings: Mapping[int, Decimal | None],
    previous_equity: Decimal | None = None,
) -> Statement:
    """The account's figures; without `previous_equity` today's stands for it."""
    rates = {each.currency: each.rate for each in balances}
    segments = {"futures": Requirement(), "securities": Requirement()}
    overnight = gross = D("0.00")
    for each in held:
        it, rate = each.instrument, rates[each.instrument.currency]
        asked = margin.of_position(each, underlyings.get(it.contract_id)).in_base(rate)
        segments["futures" if it.sec_type == "FUT" else "securities"] += asked
        if it.sec_type == "STK":
            overnight += asked.initial
        if it.sec_type in ("STK", "OPT", "FOP", "CRYPTO"):
            gross += abs((each.value * rate).quantize(CENT))
    for one in balances:
        if one.currency != BASE:
            asked_for = margin.FOREX * abs(one.cash)
            segments["securities"] += Requirement(asked_for, asked_for).in_base(one.rate)
    total = _total(balances)
    return Statement(
        account=account,
        balances=balances,
        total=total,
        gross=gross,
        securities=segments["securities"],
        futures=segments["futures"],
        overnight=overnight,
        previous_equity=total.cash + total.stock if previous_equity is None else previous_equity,
    )


def _total(balances: Sequence[Balance]) -> Balance:
    parts = [each.in_base() for each in balances]
    sums = {name: sum((getattr(each, name) for each in parts), D("0.00")) for name in _AMOUNTS}
    return Balance(currency="BASE", rate=D(1), **sums)

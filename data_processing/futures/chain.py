"""All the expiries of one future."""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter

from market.errors import AmbiguousContract, BadRequest, ContractNotFound
from market.instrument import Instrument

_EPOCH = date(1970, 1, 1).toordinal()


def chain(instruments: Iterable[Instrument], text: str) -> list[Instrument]:
    """The contracts meant by ``ES``, ``ES@CME`` or ``ES@CME:USD``, by expiry.

    A symbol may name several products (other exchanges, currencies, multipliers, trading classes): those are
    `AmbiguousContract`. Raise `ContractNotFound` for none, `BadRequest` for an expiry without its day.
    """
    wanted = text.strip().upper().removesuffix("/FUT")
    found = {each.contract_id: each for each in instruments if _fits(each, wanted)}
    if not found:
        raise ContractNotFound(f"no futures of {text!r} are stored; fetch some, e.g.: backfill ESZ6 ESH7")
    products = {_product(each) for each in found.values()}
    if len(products) > 1:
        lines = sorted(" ".join(map(str, each)) for each in products)
        raise AmbiguousContract(
            f"{text!r} fits several futures: {'; '.join(lines)}; name exchange or trading class",
            candidates=lines,
        )
    return sorted(found.values(), key=attrgetter("expiry"))


def expiry_day(instrument: Instrument) -> int:
    """The last trading date as days since 1970.

    >>> expiry_day(Instrument(contract_id=1, symbol="ES", sec_type="FUT", exchange="CME", currency="USD",
    ...                       expiry="19700103"))
    2
    """
    try:
        return date.fromisoformat(instrument.expiry).toordinal() - _EPOCH
    except ValueError:
        raise BadRequest(
            f"{instrument.ticker}: {instrument.expiry!r} is no day of expiry; backfill it again"
        ) from None


def _product(each: Instrument) -> tuple[str, str, str, str, float]:
    return each.symbol, each.trading_class, each.exchange, each.currency, each.multiplier


def _fits(each: Instrument, wanted: str) -> bool:
    names = {each.symbol, each.trading_class} - {""}
    ends = ("", f"@{each.exchange}", f":{each.currency}", f"@{each.exchange}:{each.currency}")
    return each.sec_type == "FUT" and wanted in {f"{name}{end}".upper() for name in names for end in ends}

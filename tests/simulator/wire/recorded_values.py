"""The values in recorded frames, and our encoders fed with them."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from market.instrument import Instrument


class Values:
    """Read fields in order, each as what it is; a field of another kind raises ValueError.

    >>> values = Values(["3", "DU1", "150.25"])
    >>> values.integer(), values.text(), values.number(), values.left
    (3, 'DU1', 150.25, 0)
    """

    def __init__(self, fields: list[str]) -> None:
        self._fields = fields
        self._next = 0

    @property
    def left(self) -> int:
        """How many fields have not been read."""
        return len(self._fields) - self._next

    def text(self) -> str:
        self._next += 1
        return self._fields[self._next - 1]

    def integer(self) -> int:
        return int(self.text())

    def flag(self) -> bool:
        return bool(("0", "1").index(self.text()))

    def number(self) -> float:
        return float(self.text())

    def rest(self) -> list[str]:
        """All that has not been read."""
        return self._fields[self._next :]

    def decimal(self) -> Decimal:
        text = self.text()
        try:
            return Decimal(text)
        except InvalidOperation:
            raise ValueError(f"{text!r} is not a number") from None


Reader = Callable[[int, Values], bytes]


def held_instrument(values: Values) -> Instrument:
    """The contract of a position, its eleven fields from the contract id to the trading class."""
    contract_id, symbol, sec_type = values.integer(), values.text(), values.text()
    expiry, strike, right, multiplier = values.text(), values.number(), values.text(), values.text()
    return Instrument(
        contract_id=contract_id,
        symbol=symbol,
        sec_type=sec_type,
        expiry=expiry,
        strike=strike or None,
        right=right,
        multiplier=float(multiplier or 1),
        exchange=values.text(),
        currency=values.text(),
        local_symbol=values.text(),
        trading_class=values.text(),
    )

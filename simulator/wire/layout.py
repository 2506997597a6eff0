"""How long text messages are laid out: parts in a row, read into values and written from them.

::

    (Slot("order_id", "integer"), Slot("submitter", since=198), When(is_pegged, ...), Repeat("legs", ...))

Numbers with decimals are `Decimal`, so that what a client said is repeated to the digit.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal, Protocol, TypeAlias

import msgspec

from simulator.wire.errors import MalformedRequest
from simulator.wire.fields import UNSET_DOUBLE, UNSET_INTEGER, FieldReader

Kind = Literal["text", "integer", "decimal", "double", "flag"]
Value: TypeAlias = "str | int | Decimal | bool | list[Values] | None"

_UNSET = ("", UNSET_INTEGER, UNSET_DOUBLE, "1.7976931348623157e+308", "-9223372036854775808")
_PLAIN = (Decimal("0.001"), Decimal(10_000_000))


class Values(dict[str, Value]):
    """What stands in a message, by name; None, like a missing name, is what was left unset."""

    def text(self, name: str) -> str:
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def integer(self, name: str) -> int:
        value = self.get(name)
        return value if isinstance(value, int) else 0

    def decimal(self, name: str) -> Decimal | None:
        value = self.get(name)
        return value if isinstance(value, Decimal) else None

    def flag(self, name: str) -> bool:
        return bool(self.get(name))


def double(value: Decimal) -> str:
    """A number as TWS, which is written in Java, prints its doubles.

    >>> double(Decimal(350)), double(Decimal("201.94")), double(Decimal("0.00005"))
    ('350.0', '201.94', '5.0E-5')
    """
    if not value.is_finite():
        return "Infinity"
    if not value or _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return repr(float(value))
    mantissa, _, exponent = f"{Decimal(repr(float(value))).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def decimal(value: Decimal) -> str:
    """A number without needless digits, as TWS prints sizes.

    >>> decimal(Decimal("100.0")), decimal(Decimal("0.50")), decimal(Decimal(1000000))
    ('100', '0.5', '1000000')
    """
    return format(value.normalize(), "f") if value else "0"


def _read(reader: FieldReader, name: str, kind: Kind) -> Value:
    if kind == "flag":
        return reader.flag(name)
    text = reader.text(name)
    if kind == "text":
        return text
    if text in _UNSET:
        return None
    try:
        return int(text) if kind == "integer" else _finite_or_infinite(text)
    except (ValueError, InvalidOperation):
        raise MalformedRequest(f"field {name!r} is {text!r}, not a number") from None


def _finite_or_infinite(text: str) -> Decimal:
    value = Decimal(text)
    if value.is_nan():
        raise ValueError
    return value


def _write(value: str | int | Decimal, kind: Kind) -> str:
    if isinstance(value, Decimal):
        return double(value) if kind == "double" else decimal(value)
    return value if isinstance(value, str) else str(int(value))


class Part(Protocol):
    """Something of a message that can be read and written."""

    def read(self, reader: FieldReader, values: Values) -> None: ...

    def write(self, values: Values, version: int) -> list[str]: ...


class Slot(msgspec.Struct, frozen=True):
    """One field of the versions from `since` to before `until`; `unset` stands for a missing value."""

    name: str
    kind: Kind = "text"
    unset: str = ""
    since: int = 0
    until: int = 1_000

    def _stands(self, version: int) -> bool:
        return self.since <= version < self.until

    def read(self, reader: FieldReader, values: Values) -> None:
        if self._stands(reader.version):
            values[self.name] = _read(reader, self.name, self.kind)

    def write(self, values: Values, version: int) -> list[str]:
        if not self._stands(version):
            return []
        value = values.get(self.name)
        if value is None or isinstance(value, list):
            return [self.unset]
        return [_write(value, self.kind)]


class When(msgspec.Struct, frozen=True):
    """Parts that stand there only when what came before says so."""

    test: Callable[[Values], bool]
    parts: tuple[Part, ...]
    since: int = 0

    def read(self, reader: FieldReader, values: Values) -> None:
        if reader.version >= self.since and self.test(values):
            read_parts(reader, self.parts, values)

    def write(self, values: Values, version: int) -> list[str]:
        if version < self.since or not self.test(values):
            return []
        return write_parts(self.parts, values, version)


class Repeat(msgspec.Struct, frozen=True):
    """A number, and the parts so many times."""

    name: str
    parts: tuple[Part, ...]
    since: int = 0

    def read(self, reader: FieldReader, values: Values) -> None:
        if reader.version >= self.since:
            count = reader.integer(self.name)
            values[self.name] = [read_parts(reader, self.parts) for _ in range(count)]

    def write(self, values: Values, version: int) -> list[str]:
        if version < self.since:
            return []
        items = values.get(self.name)
        found = items if isinstance(items, list) else []
        written = [text for item in found for text in write_parts(self.parts, item, version)]
        return [str(len(found)), *written]


def read_parts(reader: FieldReader, parts: Sequence[Part], values: Values | None = None) -> Values:
    """Read every part in turn; raise `MalformedRequest` where one is missing or of the wrong kind."""
    found = Values() if values is None else values
    for part in parts:
        part.read(reader, found)
    return found


def write_parts(parts: Sequence[Part], values: Values, version: int) -> list[str]:
    """The fields of a message of `version`."""
    return [text for part in parts for text in part.write(values, version)]

"""Fields of a text message: each ends with NUL, an unset one is empty."""

from decimal import Decimal
from functools import lru_cache

from simulator.wire.errors import MalformedRequest
from simulator.wire.framing import frame
from simulator.wire.versions import ASCII7, FRACTIONAL_SIZES

UNSET_INTEGER = "2147483647"
UNSET_DOUBLE = "1.7976931348623157E308"

Field = str | int | float | bool | None


# Prices and sizes come again and again; looking a text up takes a tenth of writing it.
@lru_cache(16_384)
def number(value: float) -> str:
    """The shortest decimal text of `value`, never with an exponent.

    >>> number(150.25), number(100.0), number(1e-05), number(-0.0)
    ('150.25', '100', '0.00001', '0')
    """
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def size(value: float, version: int) -> str:
    """A size or a volume: decimals only for clients that can read them.

    >>> size(0.5, 163), size(100.0, 157), size(9390.73, 157)
    ('0.5', '100', '9390')
    """
    return number(value) if version >= FRACTIONAL_SIZES else str(int(value))


def _text(value: Field) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return number(value)
    return str(int(value))


def message(version: int, *fields: Field) -> bytes:
    """A framed message of `fields`, text escaped for clients of 153 and later.

    >>> message(200, 15, 1, "DU1")
    b'\\x00\\x00\\x00\\t15\\x001\\x00DU1\\x00'
    """
    text = "\0".join(map(_text, fields)) + "\0"
    if version >= ASCII7:
        return frame(text.encode("ascii", "backslashreplace"))
    return frame(text.encode())


class FieldReader:
    """Read the fields of one request in order; raise `MalformedRequest` that names the field.

    >>> reader = FieldReader(b"9\\x008\\x001\\x00AAPL\\x00", version=200)
    >>> reader.integer("message id"), reader.integer("version"), reader.flag("x"), reader.text("symbol")
    (9, 8, True, 'AAPL')
    """

    def __init__(self, payload: bytes, version: int) -> None:
        self.version = version
        fields = payload.split(b"\0")
        if fields[-1]:
            raise MalformedRequest("the last field of a request is not ended by NUL")
        self._fields = fields[:-1]
        self._next = 0

    def text(self, name: str) -> str:
        """The next field as text."""
        if self._next >= len(self._fields):
            raise MalformedRequest(f"the request ends before its field {name!r}")
        raw = self._fields[self._next]
        self._next += 1
        return raw.decode("utf-8", "backslashreplace")

    def integer(self, name: str, default: int = 0) -> int:
        """The next field as a whole number; an empty one is `default`."""
        text = self.text(name)
        if text in ("", UNSET_INTEGER):
            return default
        try:
            return int(text)
        except ValueError:
            raise MalformedRequest(f"field {name!r} is {text!r}, not a whole number") from None

    def number(self, name: str) -> float | None:
        """The next field as a number; None when empty or unset."""
        text = self.text(name)
        if text in ("", UNSET_INTEGER, UNSET_DOUBLE, "1.7976931348623157e+308"):
            return None
        try:
            return float(text)
        except ValueError:
            raise MalformedRequest(f"field {name!r} is {text!r}, not a number") from None

    def flag(self, name: str) -> bool:
        """The next field as 0 or 1, or as the words some clients write."""
        text = self.text(name).lower()
        if text not in ("", "0", "1", "true", "false"):
            raise MalformedRequest(f"field {name!r} is {text!r}, neither 0 nor 1")
        return text in ("1", "true")

    @property
    def left(self) -> int:
        """How many fields nobody has read yet."""
        return len(self._fields) - self._next

"""Names of topics as clients write them, and in the one form that the server gives them."""

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from data_processing.frames import BASES
from ib_stream.feeds.errors import BadTopic
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours, TickType
from market.instrument import Instrument

Kind = Literal["tick", "bar", "depth", "candle", "prediction", "chart", "orders", "account", "status"]
PLAIN = ("orders", "account", "status")
TICK_TYPES: tuple[TickType, ...] = get_args(TickType)

_FORMS = (
    "tick:CONTRACT:TYPE, bar:CONTRACT:SIZE, candle:CONTRACT:FRAME:HOURS, prediction:CONTRACT:SIZE,"
    " depth:CONTRACT, chart:CONTRACT, orders, account or status"
)
_LONGEST = 100


class TopicName(msgspec.Struct, frozen=True):
    """A parsed name; `contract` is empty for what has none, `detail` is a tick type or bar size."""

    kind: Kind
    contract: str = ""
    detail: str = ""

    def of(self, contract: str) -> "TopicName":
        """The same of a contract that is known by now."""
        return TopicName(self.kind, contract, self.detail)

    def __str__(self) -> str:
        return ":".join(filter(None, (self.kind, self.contract, self.detail)))


def parse(text: str) -> TopicName:
    """Read a name; raise `BadTopic`, which says what there is.

    >>> parse("tick:265598:bidask")
    TopicName(kind='tick', contract='265598', detail='BidAsk')
    >>> str(parse("bar:RHM:EUR:1m")), str(parse("orders"))
    ('bar:RHM:EUR:1m', 'orders')
    """
    if len(text) > _LONGEST or not text.isprintable():
        raise BadTopic(f"{text[:30]!r}... is no topic; write {_FORMS}")
    kind, _, rest = text.strip().partition(":")
    if kind in PLAIN and not rest:
        return TopicName(kind)  # type: ignore[arg-type]  # it is one of them
    contract, detail = _parted(kind, rest)
    if kind not in _DETAILS or not contract:
        raise BadTopic(f"{text!r} is no topic; write {_FORMS}")
    return TopicName(kind, contract, _DETAILS[kind](detail))  # type: ignore[arg-type]  # it is one of them


def _parted(kind: str, rest: str) -> tuple[str, str]:
    """Contract and detail; names of contracts may have colons themselves."""
    if kind in ("depth", "chart"):
        return rest, ""
    contract, _, detail = rest.rpartition(":")
    if kind == "candle":
        contract, _, frame = contract.rpartition(":")
        detail = f"{frame}:{detail}"
    return contract, detail


def tick_type(text: str) -> TickType:
    """A tick type in any case of letters; raise `BadTopic` with those that there are."""
    found = [each for each in TICK_TYPES if each.lower() == text.lower()]
    if not found:
        raise BadTopic(f"{text!r} is no tick type; choose one of {', '.join(TICK_TYPES)}")
    return found[0]


def known_as(instrument: Instrument, *, usual: bool) -> str:
    """A contract in a name: its id, with its exchange where that is not the `usual` one."""
    return str(instrument.contract_id) if usual else f"{instrument.contract_id}@{instrument.exchange}"


def _size(text: str) -> str:
    try:
        return BarSize.parse(text).name
    except BadRequest as error:
        raise BadTopic(str(error)) from None


def _frame(text: str) -> str:
    frame, _, hours = text.partition(":")
    if frame not in BASES or hours not in get_args(Hours):
        raise BadTopic(
            f"{text!r} is no time frame with hours; write one of {' '.join(BASES)}, then :all or :rth"
        )
    return text


_DETAILS: dict[str, Callable[[str], str]] = {
    "tick": tick_type,
    "bar": _size,
    "candle": _frame,
    "prediction": _size,
    "depth": str,
    "chart": str,
}

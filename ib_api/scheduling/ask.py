"""What somebody wants to send, as far as IB's limits look at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import Literal

import msgspec

Kind = Literal["message", "ticks", "line", "depth", "history", "kept"]
"""What is held while it runs: nothing, a tick-by-tick stream, a market-data line, a book, a place among the
open historical requests, or such a place for as long as its bars are kept up to date."""

_user: ContextVar[str] = ContextVar("user", default="")


class Priority(IntEnum):
    """Who goes first: what ends or changes a position, then what keeps coming, then the past."""

    ORDER = 0
    SUBSCRIPTION = 1
    HISTORY = 2


class Ask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request. `small` marks what IB rations as bars of 30 s or less: historical ticks and 5-second bars
    too; `what` is IB's name of the data (``BID_ASK`` counts twice). Requests of one contract and equal
    `identity` are identical to IB; an empty one is never so.
    """

    kind: Kind = "message"
    priority: Priority = Priority.SUBSCRIPTION
    user: str = msgspec.field(default_factory=_user.get)
    contract_id: int = 0
    exchange: str = ""
    what: str = ""
    small: bool = False
    identity: str = ""

    @property
    def cost(self) -> int:
        """How often IB counts it among small requests."""
        return 2 if self.what == "BID_ASK" else 1

    @property
    def instrument(self) -> int | str:
        """The contract, by its id or else by its description."""
        return self.contract_id or self.identity

    @property
    def alike(self) -> tuple[int, str, str]:
        """The same contract, exchange and tick type."""
        return self.contract_id, self.exchange, self.what


MESSAGE = Ask()
ORDER_MESSAGE = Ask(priority=Priority.ORDER)


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Whoever asks within the block, in this thread or task, is `user` to the scheduler.

    >>> with acting_as("backfill"):
    ...     Ask().user
    'backfill'
    """
    token = _user.set(user)
    try:
        yield
    finally:
        _user.reset(token)

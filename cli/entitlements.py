"""What IB serves of a contract, learned from its answers: values in, values out.

Each kind of data is ``live``, ``delayed``, ``frozen`` or ``delayed-frozen``; ``no`` without a subscription;
``none`` where IB has none for this kind of contract; ``in use`` when the quota is taken; ``unknown`` else.
"""

import re
from typing import Literal

from ib_api.error_codes import error_class
from ib_api.errors import NotSupported
from market.errors import NoPermission, PacingRefused, RequestFailed
from market.events import DataType, Problem
from market.instrument import Instrument

Kind = Literal["L1", "tick-by-tick", "depth", "history"]
KINDS: tuple[Kind, ...] = ("L1", "tick-by-tick", "depth", "history")

_TICK_BY_TICK = (10189, 10190)
_LEVELS: tuple[tuple[type[RequestFailed], str], ...] = (
    (NoPermission, "no"),
    (NotSupported, "none"),
    (PacingRefused, "in use"),
)
_MISSING = ("no", "delayed", "delayed-frozen")
# IB names the market in two ways: "permissions for NASDAQ STK" and "AAPL NASDAQ/TOP/ALL".
_MARKET = re.compile(r"permissions for ([A-Z0-9.]+ [A-Z]+)|\b([A-Z0-9.]+)/(?:TOP|DEEP)/")


class Entitlements:
    """What is known of one contract so far.

    >>> aapl = Instrument(
    ...     contract_id=1, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD",
    ...     primary_exchange="NASDAQ",
    ... )
    >>> known = Entitlements(aapl)
    >>> known.served("L1", DataType.DELAYED)
    >>> known.refused("depth", NoPermission("no"))
    >>> known.text
    'L1 delayed, tick-by-tick unknown, depth no, history unknown'
    >>> known.advice
    'subscribe in Client Portal to NASDAQ STK; depth (Level II) of NASDAQ'
    """

    def __init__(self, instrument: Instrument) -> None:
        self.levels: dict[Kind, str] = dict.fromkeys(KINDS, "unknown")
        self._instrument = instrument
        self._markets: dict[str, None] = {}

    def served(self, kind: Kind, data_type: DataType = DataType.LIVE) -> None:
        """IB has given such data, this fresh."""
        self.levels[kind] = data_type.label.lower()

    def refused(self, kind: Kind, error: RequestFailed) -> None:
        """IB has refused it."""
        self._judge(kind, type(error), str(error))

    def heard(self, problem: Problem) -> None:
        """IB has said something about the contract, such as why there is no tick-by-tick data."""
        if problem.contract_id != self._instrument.contract_id:
            return
        if problem.code in _TICK_BY_TICK:
            self._judge("tick-by-tick", error_class(problem.code, problem.message), problem.message)
        else:
            self._name_market(problem.message)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to subscribe to."""
        return not self._lacking

    @property
    def text(self) -> str:
        """Each kind and its level."""
        return ", ".join(f"{kind} {level}" for kind, level in self.levels.items())

    @property
    def advice(self) -> str:
        """What to subscribe to; empty when there is nothing."""
        if self.complete:
            return ""
        venue = self._instrument.primary_exchange or self._instrument.exchange
        wanted: list[str] = []
        if self._lacking != ["depth"]:
            wanted += self._markets or [f"{venue} {self._instrument.sec_type}"]
        if "depth" in self._lacking:
            wanted.append(f"depth (Level II) of {venue}")
        return f"subscribe in Client Portal to {'; '.join(wanted)}"

    @property
    def _lacking(self) -> list[Kind]:
        return [kind for kind, level in self.levels.items() if level in _MISSING]

    def _judge(self, kind: Kind, error: type[RequestFailed], text: str) -> None:
        self.levels[kind] = next((level for each, level in _LEVELS if issubclass(error, each)), "unknown")
        self._name_market(text)

    def _name_market(self, text: str) -> None:
        for permission, line in _MARKET.findall(text):
            self._markets.setdefault(permission or f"{line} {self._instrument.sec_type}")

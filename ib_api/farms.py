"""Which of IB's data farms are up: data asked for before they are may never be answered."""

import re
from typing import Literal

FarmState = Literal["ok", "idle", "connecting", "broken"]

_STATES: dict[int, FarmState] = {
    2103: "broken",
    2105: "broken",
    2157: "broken",
    2104: "ok",
    2106: "ok",
    2158: "ok",
    2107: "idle",
    2108: "idle",
    2119: "connecting",
}
FARM_CODES = frozenset(_STATES)

_MARKET = (2103, 2104, 2108, 2119)
_HISTORY = (2105, 2106, 2107)

_RESTORED = (1101, 1102)
_NAMED = re.compile(r"farms are (not )?connected: (.+?)\.(?:\s|$)")


class Farms:
    """The last thing IB said of each farm.

    >>> farms = Farms()
    >>> farms.note(2104, "Market data farm connection is OK:usfarm")
    >>> farms.states["usfarm"], farms.market_data, farms.history
    ('ok', True, False)
    >>> farms.note(2105, "HMDS data farm connection is broken:ushmds")
    >>> farms.note(1102, "... data maintained. All data farms are connected: usfarm; ushmds.")
    >>> farms.history
    True
    """

    def __init__(self) -> None:
        self.states: dict[str, FarmState] = {}
        self._codes: dict[str, int] = {}

    def note(self, code: int, text: str) -> None:
        """Take note of a notice; one that is not about a farm changes nothing."""
        if code in _RESTORED:
            self._restored(text)
        state = _STATES.get(code)
        if state is None:
            return
        name = text.rpartition(":")[2].strip().rstrip(".") or str(code)
        self.states[name] = state
        self._codes[name] = code

    @property
    def market_data(self) -> bool:
        """Whether a market-data farm serves."""
        return self._any(_MARKET)

    @property
    def history(self) -> bool:
        """Whether a historical-data farm serves; an idle one wakes up when asked."""
        return self._any(_HISTORY)

    def down(self, kind: Literal["market_data", "history", "none"]) -> list[str]:
        """The farms of a kind that are known not to serve."""
        codes = {"market_data": _MARKET, "history": _HISTORY}.get(kind, ())
        return [
            name
            for name, code in self._codes.items()
            if code in codes and self.states[name] in ("broken", "connecting")
        ]

    def _restored(self, text: str) -> None:
        """TWS has its line to IB again. It may name the farms that are connected; what it does not name, and
        was broken, was so for want of that line: how it is now is not known."""
        told: dict[str, FarmState] = {
            name.strip(): "broken" if match[1] else "ok"
            for match in _NAMED.finditer(text)
            for name in match[2].split(";")
        }
        for name in list(self.states):
            if name in told:
                self.states[name] = told[name]
            elif self.states[name] in ("broken", "connecting"):
                del self.states[name], self._codes[name]

    def _any(self, codes: tuple[int, ...]) -> bool:
        return any(self.states[name] in ("ok", "idle") for name, code in self._codes.items() if code in codes)

"""What a user wants to keep coming, whatever happens to the line: the declarations that a broker holds.

Each is a value: equal ones mean the same stream, which the broker asks for once however many want it.
"""

import msgspec

from market.bar_size import BarSize
from market.events import Hours, TickSource, TickType
from market.instrument import Instrument


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all declarations."""


class OfInstrument(Wanted, frozen=True, kw_only=True):
    """Something that one contract has."""

    instrument: Instrument

    @property
    def route(self) -> tuple[int, str]:
        """Contract and exchange: what is subscribed and stored."""
        return self.instrument.contract_id, self.instrument.exchange


class WantedTicks(OfInstrument, frozen=True, kw_only=True):
    """Ticks of one kind: every one (``tbt``), or the samples of the market-data line (``l1``).

    A tick-by-tick stream that is not to be had comes from the market-data line, unless it is `strict`.
    """

    tick_type: TickType = "Last"
    source: TickSource = "tbt"
    strict: bool = False


class WantedBars(OfInstrument, frozen=True, kw_only=True):
    """Bars as they form: IB's own 5-second bars for the size ``5s``, else a keep-up-to-date request."""

    size: BarSize
    what: str = "TRADES"
    hours: Hours = "all"


class WantedDepth(OfInstrument, frozen=True, kw_only=True):
    """The order book: `rows` levels a side, of one exchange or, `smart`, of all together."""

    rows: int = 10
    smart: bool = True


class WantedAccount(Wanted, frozen=True, kw_only=True):
    """The account window: values and positions as they change."""

    account: str


class WantedProfit(Wanted, frozen=True, kw_only=True):
    """Profit and loss of an account, or of one of its positions (`contract_id` other than 0)."""

    account: str
    contract_id: int = 0


class WantedOrders(Wanted, frozen=True, kw_only=True):
    """Orders and executions: read again after each connection, then as they change."""

"""How often a client may ask for the ticks of an instrument.

IB's page on tick-by-tick data allows one request per instrument within 15 seconds. It does not say what
answers a second one; here it is 10190, the refusal of one too many.
"""

from market.times import SECOND
from simulator.refused import Refused

APART = 15 * SECOND


class TickPacing:
    """One session's requests.

    >>> pacing = TickPacing()
    >>> pacing.check(0, 265598)
    >>> pacing.check(14 * SECOND, 265598)
    Traceback (most recent call last):
    simulator.refused.Refused: Max number of tick-by-tick requests has been reached.
    """

    def __init__(self) -> None:
        self._asked: dict[int, int] = {}

    def check(self, now: int, contract_id: int) -> None:
        """Count a request; refuse with 10190 when the last one for the contract is too recent."""
        last = self._asked.get(contract_id)
        if last is not None and now - last < APART:
            raise Refused(10190, "Max number of tick-by-tick requests has been reached.")
        self._asked[contract_id] = now

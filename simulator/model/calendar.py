"""Which trading session is meant."""

from market.events import Hours
from market.times import DAY
from simulator.model.api import MarketModel, Session

# The longest a market stays shut: a week of holidays in a row.
_LONGEST_REST = 12 * DAY


def session_at(model: MarketModel, contract_id: int, when: int) -> Session | None:
    """The session that runs at `when`."""
    found = model.sessions(contract_id, when, when + 1)
    return found[0] if found else None


def last_session(model: MarketModel, contract_id: int, when: int, hours: Hours = "all") -> Session | None:
    """The session that runs at `when`, or the last one before; under ``rth`` its regular part counts."""
    found = sessions_of(model, contract_id, when - _LONGEST_REST, when + 1, hours)
    return found[-1] if found else None


def next_session(model: MarketModel, contract_id: int, when: int, hours: Hours = "all") -> Session | None:
    """The session that runs at `when`, or the first one after; under ``rth`` its regular part counts."""
    found = sessions_of(model, contract_id, when, when + _LONGEST_REST, hours)
    return found[0] if found else None


def sessions_of(model: MarketModel, contract_id: int, start: int, end: int, hours: Hours) -> list[Session]:
    """Every session whose part under `hours` overlaps [start, end); it may have no regular part at all."""
    found = []
    for each in model.sessions(contract_id, start, end):
        opened, closed = each.bounds(hours)
        if max(opened, start) < min(closed, end):
            found.append(each)
    return found

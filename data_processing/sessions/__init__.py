"""When a contract trades: as its broker told, else by its exchange's calendar, else by rules of ours.

`Timetable.of(db, contract_id, exchange)` answers for any time; `remember` keeps what a broker told. A time of
which neither broker, calendar nor rule knows is unknown, which is not the same as closed.
"""

from data_processing.sessions.timetable import Timetable
from data_processing.sessions.told import remember

__all__ = ["Timetable", "remember"]

"""One scheduler for everything that is sent to IB: who may send what, and when.

`Scheduler.turn` (asyncio) and `Scheduler.wait` (threads) answer a `Permit` once IB's documented limits allow
the `Ask`; giving the permit back frees what it holds. Times are nanoseconds of `Clock.monotonic`.

::

    Scheduler   locks, wakes who waits, sets the timer          scheduler.py, alarm.py
    |- Lanes    who is next: priority, then fair between users  lanes.py
    |- Rules    IB's limits                                     rules.py, windows.py, pools.py
    `- Memory   what a restart must not forget                  memory.py
"""

from ib_api.scheduling.ask import MESSAGE, ORDER_MESSAGE, Ask, Kind, Priority, acting_as
from ib_api.scheduling.limits import Limits
from ib_api.scheduling.permit import Permit
from ib_api.scheduling.quota import Quota, Usage
from ib_api.scheduling.scheduler import Scheduler

__all__ = [
    "MESSAGE",
    "ORDER_MESSAGE",
    "Ask",
    "Kind",
    "Limits",
    "Permit",
    "Priority",
    "Quota",
    "Scheduler",
    "Usage",
    "acting_as",
]

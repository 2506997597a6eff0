"""Topics: what clients can listen to, and what they get of it.

``tick:CONTRACT:TYPE``, ``bar:CONTRACT:SIZE``, ``depth:CONTRACT``, ``orders``, ``account``, ``status``.
Each is asked of the broker once, however many clients it has, and goes on for 15 seconds without any.

What a client of ticks gets
---------------------------
1. Live ticks as they come, in their order, each once.
2. When the stream breaks off, an `info` of code ``interrupted``. When it is back, ``resumed`` with `from` and
   `to`: the whole seconds in doubt. The live stream goes on at once; nobody waits for history.
3. As history answers for these seconds, ``refilled`` with its bounds and a number, then so many ticks whose
   source is ``history``: of each second those that were not sent of it, counted content by content. So in the
   end a client has of a second all that history has and what came live besides, and never has to take
   anything back. Who needs the order of time sorts by `unix_time`.
4. What history refuses for good, and what nobody keeps (samples of the market-data line, books), is a `gap`
   with its bounds and the reason: something of these times may be missing, and will not come.

All is there once ``refilled`` and `gap` have covered what ``resumed`` named. A silence that turns out to have
hidden ticks is made good in the same way, without a ``resumed``. Why whole seconds: IB's stamps are no finer,
and history answers by seconds. Why counted by content: IB's ticks have no id, and equal ones are legal.

What a client who comes back gets
---------------------------------
What the hub's rings still have comes from there. What they have no longer comes out of the store, by time:

* of the same feed exactly the ticks that it sent between the two ids, live ones and history's;
* of earlier times (the feed was taken back, the process began anew) what was received after the client's
  place, which `Marks` keep by id. A second that history has replaced is sent if it lies wholly after that
  place, else it is a `gap`; so is what the ledger does not know as kept, and what no mark tells apart.

Orders and fills are sent again as they stand, and are known by their ids; of bars, books and values the
latest counts.
"""

from ib_stream.feeds.errors import BadTopic, TooManyStreams, Unavailable
from ib_stream.feeds.feeds import Feeds
from ib_stream.feeds.shares import ActiveStream, Joined, Slots

__all__ = ["ActiveStream", "BadTopic", "Feeds", "Joined", "Slots", "TooManyStreams", "Unavailable"]

"""From a published event to bytes on sockets, for any number of clients.

`Hub.publish` frames an event once; a flush writes the same bytes to all who listen to the same topics.
Whoever joins, comes back with its last id, or was too slow, gets what it has not out of the topics'
rings, else out of what is kept elsewhere, else it is told of a gap.
"""

from ib_stream.hub.hub import Hub
from ib_stream.hub.ids import EventId
from ib_stream.hub.stats import HubStats
from ib_stream.hub.topic import Policy, Topic
from ib_stream.hub.wish import Ended, Replay, Replayed, Wish

__all__ = ["Ended", "EventId", "Hub", "HubStats", "Policy", "Replay", "Replayed", "Topic", "Wish"]

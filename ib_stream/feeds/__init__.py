"""Topics: what clients can listen to, and what they get of it."""

from ib_stream.feeds.errors import BadTopic, TooManyStreams, Unavailable
from ib_stream.feeds.feeds import ActiveStream, Feeds, Joined, Slots

__all__ = ["ActiveStream", "BadTopic", "Feeds", "Joined", "Slots", "TooManyStreams", "Unavailable"]

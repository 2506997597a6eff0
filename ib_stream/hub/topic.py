"""What clients listen to: a name, its policy for slow clients, its newest events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ib_stream.hub.ring import LatestRing, Ring

if TYPE_CHECKING:
    from ib_stream.hub.group import Group

Policy = Literal["replay", "latest", "lossless"]
"""What becomes of events that a client is too slow for. ``replay`` (ticks): they come out of the ring
once the client reads again, what the ring has lost is a gap with its count. ``latest`` (bars, books,
states): the latest of each key comes. ``lossless`` (orders, fills): when the ring has lost any, the
client is closed, and may come back with its last id."""


class Topic:
    """Made by `Hub.topic`. `about` stands in all that the hub itself says of the topic, after its name."""

    def __init__(
        self, name: str, policy: Policy, about: Mapping[str, object], least: int, n: int, now: int
    ) -> None:
        self.name = name
        self.policy = policy
        self.about = {"topic": name, **about}
        self.ring = (LatestRing if policy == "latest" else Ring)(least, n, now)
        self.groups: list[Group] = []

    @property
    def clients(self) -> int:
        """How many listen to it and are in reach of events; one that still resumes is not counted."""
        return sum(len(group) for group in self.groups)

    def __repr__(self) -> str:
        return f"Topic({self.name!r}, {self.policy!r})"

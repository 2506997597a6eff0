"""Keep what was made last, up to a total weight: one bound on memory for however many askers."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key; when they weigh more than `most` together, those not asked for longest are dropped.

    >>> kept = Kept[str](most=4, weigh=len)
    >>> [kept.get(word, lambda: word) for word in ("ab", "cd", "ab", "e")], len(kept)
    (['ab', 'cd', 'ab', 'e'], 2)
    """

    def __init__(self, most: int, weigh: Callable[[V], int]) -> None:
        self._most = most
        self._weigh = weigh
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value of `key`, made now unless it is kept."""
        values = self._values
        if key in values:
            values.move_to_end(key)
            return values[key]
        made = values[key] = make()
        self.weight += self._weigh(made)
        while self.weight > self._most and len(values) > 1:
            _, dropped = values.popitem(last=False)
            self.weight -= self._weigh(dropped)
        return made

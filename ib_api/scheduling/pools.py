"""What is held for as long as it runs: lines, streams, books and open historical requests."""

from collections import Counter

from ib_api.scheduling.ask import Kind
from ib_api.scheduling.limits import Limits
from ib_api.scheduling.windows import NEVER, Ceiling


class Pool:
    """So many places, and who holds them."""

    def __init__(self, limit: int) -> None:
        self.ceiling = Ceiling(limit)
        self.users: Counter[str] = Counter()
        self.held = 0

    def free(self, now: int) -> int:
        """How many places are left."""
        return max(0, self.ceiling.at(now) - self.held)

    def take(self, user: str) -> None:
        """Hold one more."""
        self.held += 1
        self.users[user] += 1

    def give_back(self, user: str) -> None:
        """Hold one less."""
        self.held -= 1
        self.users[user] -= 1
        self.users += Counter()

    def refused(self, now: int) -> None:
        """IB says that there are no more than we hold: others have the rest."""
        self.ceiling.lower(self.held, now)


class Pools:
    """The pool of each kind. Bars that are kept up to date live in the pool of open history, of which some
    places are theirs alone."""

    def __init__(self, limits: Limits) -> None:
        self._by_kind: dict[Kind, Pool] = {
            "line": Pool(limits.lines),
            "ticks": Pool(limits.tick_by_tick),
            "depth": Pool(limits.depth),
            "history": Pool(limits.open_history),
            "kept": Pool(limits.open_history),
        }
        self._reserved = limits.kept_reserved

    def __getitem__(self, kind: Kind) -> Pool:
        return self._by_kind[kind]

    def get(self, kind: Kind) -> Pool | None:
        """The pool of a kind; a message needs none."""
        return self._by_kind.get(kind)

    def free(self, kind: Kind, now: int) -> int:
        """How many more of the kind may be held."""
        if kind not in ("history", "kept"):
            return self._by_kind[kind].free(now)
        history, kept = self._by_kind["history"], self._by_kind["kept"]
        limit = history.ceiling.at(now)
        kept_places = kept.held if kind == "kept" else max(kept.held, min(self._reserved, limit - 1))
        return max(0, limit - history.held - kept_places)

    def earliest(self, kind: Kind, now: int) -> int:
        """`now` if there is a place, else when the limit may have grown; a place given back comes sooner."""
        if kind not in self._by_kind or self.free(kind, now):
            return now
        return self._ceiling(kind).grows(now)

    def refused(self, kind: Kind, now: int) -> None:
        """IB refused one more of the kind."""
        held = self._by_kind[kind].held
        if kind in ("history", "kept"):
            held = self._by_kind["history"].held + self._by_kind["kept"].held
        self._ceiling(kind).lower(held, now)

    def limit(self, kind: Kind, now: int) -> int:
        """How many may be held as things are."""
        return self._ceiling(kind).at(now) if kind in self._by_kind else NEVER

    def _ceiling(self, kind: Kind) -> Ceiling:
        return self._by_kind["history" if kind == "kept" else kind].ceiling

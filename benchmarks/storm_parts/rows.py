"""What a store has and what there was, second by second and bar by bar: pure, for any source of rows."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

import msgspec

from market.times import SECOND


class Fact(msgspec.Struct, frozen=True):
    """A row; `value` is all that a store keeps of it. An `optional` one may be left out by who has seen
    everything: a quote that repeats the one before is sent to those only who come in between.
    """

    time: int
    value: Hashable
    servable: bool = True
    optional: bool = False


class Hole(msgspec.Struct, frozen=True):
    """A stored gap: [start, end), and why."""

    start: int
    end: int
    reason: str


class Verdict(msgspec.Struct):
    """What a comparison of one series found; all counts are of rows, those of `tws` of seconds.

    `absent`: servable and neither stored nor refilled. `twice`: stored beyond what there was. `over`:
    servable and not stored, but a gap was written over it. `unexplained`: not servable, not stored, no gap.
    `explained`: missing rows by the reason of their gap. `differing`: a stored value that never was.
    """

    compared: int = 0
    absent: int = 0
    twice: int = 0
    over: int = 0
    unexplained: int = 0
    differing: int = 0
    explained: Counter[str] = msgspec.field(default_factory=Counter)
    examples: list[str] = msgspec.field(default_factory=list)

    def __iadd__(self, other: "Verdict") -> "Verdict":
        for name in ("compared", "absent", "twice", "over", "unexplained", "differing"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.explained += other.explained
        self.examples += other.examples
        return self


def exactly(truth: Iterable[Fact], stored: Iterable[Fact], holes: Sequence[Hole], unit: int) -> Verdict:
    """Row by row, within whole `unit` nanoseconds: the order within one says nothing."""
    verdict, there, kept = Verdict(), _grouped(truth, unit), _grouped(stored, unit)
    for moment in sorted({*there, *kept}):
        facts, rows = there.get(moment, []), Counter(each.value for each in kept.get(moment, ()))
        verdict.compared += sum(not each.optional for each in facts)
        lost = _unmatched(facts, rows)
        surplus = list(rows.elements())
        # A row that was stored with another value is there, and wrong.
        differing = min(len(lost), len(surplus))
        verdict.differing += differing
        verdict.twice += len(surplus) - differing
        if surplus:
            verdict.examples.append(f"{moment}: stored {surplus[:3]} for {[each.value for each in lost[:3]]}")
        _judge(verdict, lost[differing:], holes)
    return verdict


def _unmatched(facts: Iterable[Fact], rows: Counter[Hashable]) -> list[Fact]:
    """The facts that no row tells of; those that do are taken out of `rows`."""
    lost = []
    for fact in sorted(facts, key=lambda each: each.optional):
        if rows[fact.value] > 0:
            rows[fact.value] -= 1
        elif not fact.optional:
            lost.append(fact)
    return lost


def by_seconds(truth: Iterable[Fact], stored: Iterable[Fact], holes: Sequence[Hole]) -> Verdict:
    """Second by second, where live and history do not agree: is it there, and once?"""
    verdict, there, kept = Verdict(), _grouped(truth, SECOND), _grouped(stored, SECOND)
    for second in sorted({*there, *kept}):
        facts, rows = there.get(second, []), kept.get(second, [])
        needed = [each for each in facts if not each.optional]
        verdict.compared += bool(needed)
        if len(rows) > len(facts):
            verdict.twice += 1
            verdict.examples.append(f"{second}: {len(rows)} stored, {len(facts)} there were")
        elif not rows:
            _judge(verdict, sorted(needed, key=lambda each: not each.servable)[:1], holes)
        elif Counter(each.value for each in rows) != Counter(each.value for each in needed):
            verdict.differing += 1
    return verdict


def _judge(verdict: Verdict, lost: Iterable[Fact], holes: Sequence[Hole]) -> None:
    """Sort missing rows into those that somebody accounted for and the others."""
    for fact in lost:
        hole = next((each for each in holes if each.start <= fact.time < each.end), None)
        if fact.servable and hole:
            verdict.over += 1
            verdict.examples.append(f"{fact.time}: gap over a servable row: {hole.reason}")
        elif fact.servable:
            verdict.absent += 1
            verdict.examples.append(f"{fact.time}: absent")
        elif hole:
            verdict.explained[hole.reason] += 1
        else:
            verdict.unexplained += 1
            verdict.examples.append(f"{fact.time}: missing without a reason")


def _grouped(facts: Iterable[Fact], unit: int) -> Mapping[int, list[Fact]]:
    found = defaultdict[int, list[Fact]](list)
    for each in facts:
        found[each.time // unit * unit].append(each)
    return found


def within(facts: Iterable[Fact], start: int, end: int) -> list[Fact]:
    """Those of [start, end)."""
    return [each for each in facts if start <= each.time < end]

"""What goes wrong, from a seed: every kind of fault again and again, at any time, for any length.

Two things are not left to chance. A gateway that moves tells only those who are connected, so nothing takes
the line away shortly before it does. And a client that is refused, or met with silence, is one that has been
cut.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from random import Random

from simulator.faults.script import Step, step

Words = dict[str, object]
Make = Callable[[Random], Sequence[Words]]

VERSIONS = (164, 172, 176, 187, 200)
"""What a gateway may speak after a restart; below 163 it has no fractional sizes."""

LIVE_SYMBOLS = (
    "AAPL",
    "NVDA",
    "IBM",
    "EUR.USD",
    "BTC.USD",
    "TSLA",
    "MSFT",
    "SPY",
    "ESZ6",
    "NQZ6",
    "Q03",
    "Q11",
)
SPLIT_SYMBOLS = ("Q01", "Q02", "Q05")
"""Stocks of which nothing is stored: a split rewrites history."""

QUIET_END = 45 * 60.0
"""Seconds at the end without faults, so that what can be had is fetched before the day is compared."""

APART = 300.0
"""Seconds around a change of port in which nothing else takes the line away."""

TAKES_LINE = frozenset({"cut", "refused", "silent", "half_open", "restart", "garbage", "truncated"})


def script(seed: int, seconds: float, count: int, ports: tuple[int, int]) -> Sequence[Step]:
    """At least `count` faults within `seconds` of the gateway's time, in order; `ports` are its places."""
    if not count:
        return []
    random, quiet = Random(seed), min(QUIET_END, seconds / 4)
    moves = sorted(random.uniform(0.1, 0.9) * (seconds - quiet) for _ in range(max(2, count // 60)))
    words = [_at(at, "port_changed", port=ports[1 - n % 2]) for n, at in enumerate(moves)]
    kinds = cycle(_shuffled(random))
    while len(words) < count:
        name, make = next(kinds)
        at = _moment(random, seconds - quiet, moves if name in TAKES_LINE else ())
        words += [{"at": at + float(str(each.pop("after", 0))), **each} for each in make(random)]
    return sorted((_bounded(step(each), seconds - quiet / 2) for each in words), key=lambda each: each.at)


def _shuffled(random: Random) -> Iterator[tuple[str, Make]]:
    """Each kind as often as it weighs, in any order."""
    kinds = [(name, make) for name, (weight, make) in KINDS.items() for _ in range(weight)]
    random.shuffle(kinds)
    return iter(kinds)


def _moment(random: Random, end: float, away_from: Sequence[float]) -> float:
    """Any time from the first minute on that is not close to `away_from`."""
    while True:
        at = random.uniform(60, end)
        if all(abs(at - each) > min(APART, end / 20) for each in away_from):
            return round(at, 1)


def _bounded(each: Step, end: float) -> Step:
    """Nothing lasts into the last quiet minutes."""
    if each.lasts is None:
        return each
    return Step(each.fault, each.at, min(each.lasts, max(1.0, end - each.at)))


def _at(at: float, fault: str, **words: object) -> Words:
    return {"at": round(at, 1), "fault": fault, **words}


def _length(random: Random, mean: float, most: float = 900.0) -> float:
    return round(min(most, 1 + random.expovariate(1 / mean)), 1)


def _one(fault: str, mean: float = 0.0, **choices: Sequence[object]) -> Make:
    """One fault with arguments chosen from `choices`, of a random length where `mean` is given."""

    def make(random: Random) -> Sequence[Words]:
        lasts: Mapping[str, object] = {"for": _length(random, mean)} if mean else {}
        chosen = {name: random.choice(values) for name, values in choices.items()}
        return [{"fault": fault, **chosen, **lasts}]

    return make


def _after_cut(fault: str, mean: float) -> Make:
    """A fault of new connections: it begins, and then the present ones break."""

    def make(random: Random) -> Sequence[Words]:
        return [{"fault": fault, "for": _length(random, mean)}, {"fault": "cut", "after": 0.5}]

    return make


def _restart(random: Random) -> Sequence[Words]:
    down, farms = _length(random, 40, 240), _length(random, 20, 120)
    words: Words = {"fault": "restart", "down": down, "farms": farms, "for": down + farms + 1}
    if random.random() < 0.6:
        words["server_version"] = random.choice(VERSIONS)
    return [words | {"reset_order_ids": random.random() < 0.3}]


KINDS: Mapping[str, tuple[int, Make]] = {
    "cut": (3, _one("cut")),
    "refused": (2, _after_cut("refused", 60)),
    "silent": (1, _after_cut("silent", 20)),
    "half_open": (2, _one("half_open", 90)),
    "restart": (2, _restart),
    "split": (1, _one("split", 20, sizes=[(1,), (1, 4096), (3, 7, 500)])),
    "glued": (1, _one("glued", 60, hold=[0.2, 1.0])),
    "handshake_glued": (1, _one("handshake_glued", 300)),
    "bursts": (1, _one("bursts", 60)),
    "delayed": (1, _one("delayed", 60, by=[0.5, 2.0])),
    "truncated": (1, _one("truncated", 20, desynchronised=[False, True])),
    "garbage": (1, _one("garbage", framed=[False, True])),
    "offline": (3, _one("offline", 90, data=["maintained", "lost"])),
    "server_broken": (2, _one("server_broken", 60)),
    "farm_broken": (3, _one("farm_broken", 90, farm=["usfarm", "usfarm.nj", "ushmds", "euhmds", "secdefil"])),
    "competing": (2, _one("competing", 120)),
    "clock_skewed": (1, _one("clock_skewed", 300, by=[-30.0, 45.0])),
    "greedy_client": (1, _one("greedy_client", 900)),
    "stalled": (2, _one("stalled", 120, symbol=LIVE_SYMBOLS)),
    "halted": (1, _one("halted", 200, symbol=LIVE_SYMBOLS)),
    "bars_late": (1, _one("bars_late", 200, symbol=LIVE_SYMBOLS)),
    "bars_revised": (1, _one("bars_revised", 200, symbol=LIVE_SYMBOLS)),
    "stock_split": (1, _one("stock_split", 600, symbol=SPLIT_SYMBOLS)),
    "unentitled": (1, _one("unentitled", 120, symbol=LIVE_SYMBOLS, has=["none", "delayed"])),
    "order_swallowed": (1, _one("order_swallowed", 60)),
    "acknowledgement_lost": (1, _one("acknowledgement_lost", 60)),
    "fills_duplicated": (1, _one("fills_duplicated", 60)),
    "fills_reordered": (1, _one("fills_reordered", 60)),
}

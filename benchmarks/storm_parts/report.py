"""What one day showed, as figures and as a table."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.storm_parts import limits
from benchmarks.storm_parts.compare import Window, verdicts
from benchmarks.storm_parts.outages import recoveries
from benchmarks.storm_parts.rows import Verdict
from benchmarks.storm_parts.turn import CLIENT_ID, Day
from benchmarks.storm_parts.wants import expected
from market.source import Source
from market.times import MINUTE
from simulator.truth import Truth, read

Figures = dict[str, Any]
NOTHING = ("absent", "twice", "over", "unexplained")
"""What none of may be."""


def figures(day: Day, folder: Path, seen: Mapping[str, Any]) -> Figures:
    """Everything of a day; `kept` says whether all that is promised was."""
    truth = read(folder / "truth")
    window = Window(-(-int(seen["declared"]) // MINUTE) * MINUTE + MINUTE, day.end)
    source = Source.of_account(str(seen["account"]))
    found = verdicts(truth, folder / "data", source, day.feed, window)
    own = [row for row in truth.rows("requests") if limits.is_of(row, CLIENT_ID)]
    running = [row for row in truth.rows("subscriptions") if row["client_id"] == CLIENT_ID]
    streams = live(running, int(seen["checked"]))
    before, after = seen["held"]
    result: Figures = {
        "seed": day.seed,
        "feed": day.feed,
        "hours": day.hours,
        "faults": faults(truth),
        "rows": totals(found.values(), day.feed),
        "examples": {name: worst(each.examples) for name, each in found.items() if each.examples},
        "limits_exceeded": limits.exceeded(own, running),
        "refused": limits.refused(own),
        "streams": streams,
        "states": seen["states"],
        "notes": seen["notes"],
        "failed": seen["failed"],
        "pending": seen["pending"],
        "recovery": recoveries(seen["streams"], truth.rows("incidents")),
        "held": {"start": before, "end": after},
        "problems": seen["problems"],
        "timers_failed": seen["timers_failed"],
    }
    return result | {"kept": kept(result)}


def worst(examples: Sequence[str]) -> Sequence[str]:
    """A few of them, what is lost before what differs."""
    return sorted(examples, key=lambda text: ": stored" in text)[:3]


def kept(result: Figures) -> bool:
    """Whether all promises were kept: nothing lost, nothing twice, no limit exceeded, every stream live."""
    rows = result["rows"]
    wrong = rows["differing"] if result["feed"] == "consistent" else 0
    held = result["held"]
    return not (
        any(rows[name] for name in NOTHING)
        or wrong
        or result["limits_exceeded"]
        or result["streams"]["missing"]
        or result["streams"]["twice"]
        or result["pending"]
        or result["timers_failed"]
        or any(held["end"][name] > held["start"][name] for name in ("threads", "sockets"))
    )


def totals(found: Iterable[Verdict], feed: str) -> Figures:
    """All streams together."""
    whole = Verdict()
    for each in found:
        whole += each
    unit = "rows; of ticks, seconds" if feed == "tws" else "rows"
    names = ("compared", *NOTHING, "differing")
    return {"unit": unit, **{name: getattr(whole, name) for name in names}, "explained": whole.explained}


def live(subscriptions: Sequence[Mapping[str, Any]], at: int) -> Figures:
    """Which of the wanted streams ran at the gateway at `at`, and how often."""
    counted = Counter(
        (each["kind"], each["contract_id"], each["what"])
        for each in subscriptions
        if each["begin"] < at <= each["end"]
    )
    wanted = expected()
    return {
        "wanted": len(wanted),
        "missing": [" ".join(map(str, each)) for each in sorted(wanted - set(counted))],
        "twice": [" ".join(map(str, each)) for each, count in sorted(counted.items()) if count > 1],
        "others": [" ".join(map(str, each)) for each in sorted(set(counted) - wanted)],
    }


def faults(truth: Truth) -> Counter[str]:
    """How many of each kind began."""
    return Counter(row["fault"] for row in truth.rows("incidents") if row["phase"] == "begin")


_SHOWN = ("rows", "limits_exceeded", "streams", "states", "failed", "pending", "recovery", "held", "seconds")


def lines(result: Figures) -> str:
    """A day's figures as people read them while the next one runs."""
    if "broken" in result:
        return f"seed {result['seed']} {result['feed']}: {result['broken']}"
    shown = {name: result[name] for name in _SHOWN if result[name]}
    head = f"seed {result['seed']} {result['feed']}: {sum(result['faults'].values())} faults"
    wrong = {} if result["kept"] else {"examples": result["examples"]}
    told = (f"  {name}: {json.dumps(value)}" for name, value in (shown | wrong).items())
    return "\n".join([head, *told])


def table(results: Sequence[Figures]) -> str:
    """All days."""
    done = [each for each in results if "broken" not in each]
    kinds = sum((Counter(each["faults"]) for each in done), Counter[str]())
    names = ("compared", *NOTHING, "differing")
    head = f"{'seed':>5} {'feed':<11}{'faults':>7}" + "".join(f"{name:>12}" for name in names)
    rows = [f"{head}{'limits':>8}{'longest':>9}{'p50':>7}{'p99':>8}{'kept':>6}"]
    for each in done:
        recovery = each["recovery"]
        rows.append(
            f"{each['seed']:>5} {each['feed']:<11}{sum(each['faults'].values()):>7}"
            + "".join(f"{each['rows'][name]:>12,}" for name in names)
            + f"{sum(each['limits_exceeded'].values()):>8}{recovery['longest']:>8}s{recovery['p50']:>6}s"
            f"{recovery['p99']:>7}s{'yes' if each['kept'] else 'NO':>6}"
        )
    rows.append("faults by kind: " + ", ".join(f"{name} {count}" for name, count in sorted(kinds.items())))
    return "\n".join(rows)

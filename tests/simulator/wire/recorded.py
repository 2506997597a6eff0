"""Our encoders against recorded messages: every frame is decoded into values and encoded again.

``python -m tests.simulator.wire.recorded`` prints the table of message kind x (frames, reproduced byte for
byte, decoded alike by IB's own decoder, neither), with the reason for every frame that is not reproduced.
The recordings are read from ``../shared/wire`` beside the project.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from tests.simulator.wire import recorded_account, recorded_market, recorded_orders, recorded_reference
from tests.simulator.wire.oracle import decode, plain
from tests.simulator.wire.recorded_reasons import APART, reason_for
from tests.simulator.wire.recorded_values import Values

SHARED = Path(__file__).parents[4] / "shared" / "wire"
FILES = ("mixed.jsonl", "session_sv176.jsonl")
HANDSHAKE = 176
"""The recorded handshake begins with the server version where other messages have their id."""

READERS = {
    **recorded_account.READERS,
    **recorded_market.READERS,
    **recorded_orders.READERS,
    **recorded_reference.READERS,
}

Outcome = Literal["exact", "alike", "other"]


class Recorded(msgspec.Struct, frozen=True):
    """One frame: `version` is the negotiated one, or the one at which the official decoder accepted it."""

    name: str
    version: int
    kind: int
    title: str
    raw: str

    @property
    def fields(self) -> list[str]:
        """All fields, the message id first."""
        return self.raw.split("\0")[:-1]


class Verdict(msgspec.Struct, frozen=True):
    """How a frame compares with ours; an "exact" one needs no reason, an unexplained one has none."""

    frame: Recorded
    outcome: Outcome
    reason: str


class Row(msgspec.Struct):
    """What became of all frames of one kind."""

    title: str
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    reasons: Counter[str] = msgspec.field(default_factory=Counter)


def frames(*names: str) -> Iterator[Recorded]:
    """Every frame of the files."""
    for name in names or FILES:
        for line in (SHARED / name).read_text().splitlines():
            entry: dict[str, Any] = json.loads(line)
            used = entry.get("ibapi_10_30_01", {}).get("server_version_used", 0)
            version = entry.get("server_version", used)
            yield Recorded(entry["id"], version, entry["msg_id"], entry["msg_name"], entry["raw"])


def judge(frame: Recorded) -> Verdict:
    """Compare one frame with what we make of its values."""
    reader = READERS.get(frame.kind)
    if reader is None:
        return Verdict(frame, "other", reason_for(frame.name, frame.kind))
    try:
        ours = reader(frame.version, Values(frame.fields[1:]))
    except (ValueError, IndexError):
        return Verdict(frame, "other", reason_for(frame.name, frame.kind))
    if ours[4:] == frame.raw.encode():
        return Verdict(frame, "exact", "")
    text = ours[4:].decode().split("\0")[:-1]
    reason = difference(frame.fields, text)
    if reason and _alike(frame, ours):
        return Verdict(frame, "alike", reason)
    return Verdict(frame, "other", _apart(frame, text) or reason_for(frame.name, frame.kind))


def _apart(frame: Recorded, ours: list[str]) -> str:
    """What the simulator lacks, if that is all that sets the frame apart."""
    if frame.kind not in APART:
        return ""
    reason, trim = APART[frame.kind]
    rest = trim(frame.fields)
    return reason if rest == ours or difference(rest, ours) else ""


def _alike(frame: Recorded, ours: bytes) -> bool:
    """Whether IB's decoder calls back with the same values for both, empty fields at the end aside."""
    fields = frame.fields[: ours.count(b"\0", 4)]
    theirs = b"\0\0\0\0" + "".join(f"{text}\0" for text in fields).encode()
    version = max(frame.version, 157)
    return bool(plain(decode(version, theirs)) == plain(decode(version, ours)))


def difference(theirs: list[str], ours: list[str]) -> str:
    """What kind of spelling tells the frames apart; empty when it is more than spelling.

    >>> difference(["50", "3", "150.50", "7"], ["50", "3", "150.5", "7"])
    'numbers spelt with other zeros'
    >>> difference(["50", "3", "150.50"], ["50", "3", "150.6"])
    ''
    """
    surplus = theirs[len(ours) :]
    if any(surplus) or len(theirs) < len(ours):
        return ""
    kinds = {"empty fields too many at its end"} if surplus else set[str]()
    for place, pair in enumerate(zip(theirs, ours, strict=False)):
        if pair[0] != pair[1]:
            kinds.add("another version of the message" if place == 1 else _spelling(*pair))
    return "" if "" in kinds else ", ".join(sorted(kinds))


def _spelling(theirs: str, ours: str) -> str:
    try:
        if "" in (theirs, ours):
            return "" if float(theirs or ours) else "0 for empty"
        return "numbers spelt with other zeros" if float(theirs) == float(ours) else ""
    except ValueError:
        return ""


def table(verdicts: Iterator[Verdict]) -> dict[int, Row]:
    """The verdicts counted by kind."""
    rows: dict[int, Row] = {}
    for each in verdicts:
        row = rows.setdefault(each.frame.kind, Row(each.frame.title))
        row.outcomes[each.outcome] += 1
        if each.outcome != "exact":
            row.reasons[each.reason or f"UNEXPLAINED {each.frame.name}"] += 1
    return dict(sorted(rows.items()))


def render(rows: dict[int, Row]) -> str:
    """The table as text.

    >>> print(render({9: Row("nextValidId", Counter(exact=2))}))
     id  message                  frames  exact  alike  other  why not byte for byte
      9  nextValidId                   2      2      0      0
    """
    lines = [
        f"{'id':>3}  {'message':<24}{'frames':>7}{'exact':>7}{'alike':>7}{'other':>7}  why not byte for byte"
    ]
    for kind, row in rows.items():
        counts = [row.outcomes[name] for name in ("exact", "alike", "other")]
        numbers = "".join(f"{count:>7}" for count in (sum(counts), *counts))
        why = "; ".join(f"{text} ({count})" for text, count in row.reasons.items())
        lines.append(f"{kind:>3}  {row.title[:24]:<24}{numbers}  {why}".rstrip())
    return "\n".join(lines)


def main(write: Callable[[str], object] = print) -> None:
    """Print the table and its sums."""
    rows = table(judge(frame) for frame in frames())
    sums: Counter[str] = sum((row.outcomes for row in rows.values()), Counter())
    write(render(rows))
    write(
        f"{sum(sums.values())} frames: "
        + ", ".join(f"{sums[name]} {name}" for name in ("exact", "alike", "other"))
    )


if __name__ == "__main__":
    main()

"""Scripts of faults: what goes wrong when, for how long.

A script is a list in YAML, ``- {at: 30s, fault: stalled, symbol: AAPL, for: 20s}``, or a Python file that
sets `SCRIPT` to a list of such dictionaries. `at` counts from the start of the script on the gateway's
clock; without `for` a fault stays.
"""

import re
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from market.errors import BadRequest
from simulator.faults.fault import Fault, Seconds, checked
from simulator.faults.registry import kind_of, usage
from simulator.faults.segments import Sizes
from simulator.faults.services import Offset

_LENGTH = re.compile(r"(?P<sign>-?)(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|)")
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)")
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3_600.0}


class Step(msgspec.Struct, frozen=True):
    """A fault that begins `at` seconds and lasts `lasts` seconds, or for ever."""

    fault: Fault
    at: float = 0.0
    lasts: float | None = None


def seconds(text: object) -> float:
    """A length of time in seconds; raise `BadRequest` for what is none.

    >>> seconds("200ms"), seconds("20s"), seconds("5m"), seconds("00:01:30"), seconds(3)
    (0.2, 20.0, 300.0, 90.0, 3.0)
    """
    written = str(text).strip()
    if match := _CLOCK.fullmatch(written):
        return int(match[1]) * 3_600 + int(match[2]) * 60 + float(match[3])
    if match := _LENGTH.fullmatch(written):
        return float(match["sign"] + match["number"]) * _UNITS[match["unit"]]
    raise BadRequest(f"{written!r} is no length of time; write 200ms, 20s, 5m, 1h or 00:00:20")


def step(words: Mapping[str, Any]) -> Step:
    """Understand one entry; raise `BadRequest` that says what is wrong with it."""
    arguments = dict(words)
    name = arguments.pop("fault", None)
    if name is None:
        raise BadRequest("no fault is named; write e.g. {at: 30s, fault: cut}")
    kind = kind_of(str(name))
    at = seconds(arguments.pop("at", 0))
    lasts = seconds(arguments.pop("for")) if "for" in arguments else None
    if at < 0 or (lasts is not None and lasts < 0):
        raise BadRequest("a fault can neither begin before the script nor last less than nothing")
    return Step(_convert(kind, arguments), at, lasts)


def _convert(kind: type[Fault], arguments: dict[str, Any]) -> Fault:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for name, value in arguments.items():
        if name not in fields:
            raise BadRequest(f"{kind.name()!r} knows no {name!r}; it is written: {usage(kind)}")
        if fields[name].type in (Seconds, Offset):
            arguments[name] = seconds(value)
        elif fields[name].type == Sizes and isinstance(value, str):
            arguments[name] = value.split(",")
    try:
        return checked(kind, arguments)
    except BadRequest as problem:
        raise BadRequest(f"{problem}; it is written: {usage(kind)}") from None


def load(path: Path) -> Sequence[Step]:
    """Read a script, ``.py`` or YAML; raise `BadRequest` with the line of what is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadRequest(f"cannot read the script {path}: {problem}") from None
    return _of_python(path) if path.suffix == ".py" else parse(text)


def parse(text: str) -> Sequence[Step]:
    """Understand a script in YAML; raise `BadRequest` with the line of what is wrong in it."""
    loader = yaml.BaseLoader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise BadRequest(f"line {line}: {problem.problem}") from None
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise BadRequest("line 1: a script is a list; begin each entry with '- '")
    return [_of_node(loader, node) for node in root.value]


def _of_node(loader: yaml.BaseLoader, node: yaml.Node) -> Step:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise BadRequest(f"line {line}: an entry has words with values; write {{at: 30s, fault: cut}}")
    try:
        words = loader.construct_mapping(node, deep=True)
        return step({str(word): value for word, value in words.items()})
    except BadRequest as problem:
        raise BadRequest(f"line {line}: {problem}") from None


def _of_python(path: Path) -> Sequence[Step]:
    """Run the file. It is the user's own program, as trusted as the command line that names it."""
    entries = runpy.run_path(str(path)).get("SCRIPT")
    if not isinstance(entries, list):
        raise BadRequest(f"{path} sets no SCRIPT; set it to a list of {{'at': 30, 'fault': 'cut'}}")
    steps = []
    for number, entry in enumerate(entries, 1):
        try:
            steps.append(step(entry))
        except BadRequest as problem:
            raise BadRequest(f"{path}: entry {number}: {problem}") from None
    return steps

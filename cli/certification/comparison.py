"""What differs between two gateways' answers in kind; what depends on the market or the account is a note."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from cli.certification.layouts import title
from cli.certification.shape import ERROR, Answer, MessageShape

_OF_THE_MOMENT = frozenset({1, 2, 12, 13, 21, 45, 46, 50, 90, 99})
"""Messages that come when something happens in the market: which of them come is no property of a gateway."""

_OF_THE_USER = frozenset({3, 5, 7, 11, 59, 61, 101})
"""Messages that come for what an account has: positions, orders, fills."""

_REPEATED = frozenset({6, 7, 8, 15, 54, 63, 94, 95})
"""Messages that come again by the clock or when the account changes."""

_ENOUGH = 20
"""Fields of so many messages say what a field may hold; fewer are chance."""


class Difference(msgspec.Struct, frozen=True):
    """Something that one gateway does and the other does not; `certain` unless the moment may explain it."""

    question: str
    text: str
    certain: bool


def differences(yours: dict[str, Answer], ours: dict[str, Answer]) -> list[Difference]:
    """All of them, question by question."""
    empty = Answer("")
    return [
        Difference(question, text, certain)
        for question in [*yours, *(ours.keys() - yours.keys())]
        for text, certain in _between(yours.get(question, empty), ours.get(question, empty))
    ]


def _between(yours: Answer, ours: Answer) -> Iterator[tuple[str, bool]]:
    for key in [*yours.messages, *(ours.messages.keys() - yours.messages.keys())]:
        mine, other = yours.messages.get(key), ours.messages.get(key)
        if mine is not None and other is not None:
            yield from _inside(mine, other)
        elif mine is not None:
            yield f"{mine.label}: came {mine.count} times, simulated never", _is_certain(mine)
        elif other is not None:
            yield f"{other.label}: never came, simulated {other.count} times", _is_certain(other)
    if _steady(yours.order, ours.order) != _steady(ours.order, yours.order):
        yield f"the order is {_names(yours.order)}; simulated {_names(ours.order)}", True


def _inside(mine: MessageShape, other: MessageShape) -> Iterator[tuple[str, bool]]:
    moving = mine.kind in _OF_THE_MOMENT | _OF_THE_USER | _REPEATED
    if not moving and mine.kind != ERROR and mine.count != other.count:
        yield f"{mine.label}: came {mine.count} times, simulated {other.count} times", True
    for name in [*mine.forms, *(other.forms.keys() - mine.forms.keys())]:
        here, there = mine.forms.get(name, Counter[str]()), other.forms.get(name, Counter[str]())
        yield from _field(f"{mine.label}: {name}", here, there, row="." in name, moving=moving)


def _field(
    name: str, here: Counter[str], there: Counter[str], *, row: bool, moving: bool
) -> Iterator[tuple[str, bool]]:
    if not here or not there:
        # A row's fields are absent where there are no rows.
        absent, present = ("not there", _forms(there)) if not here else (_forms(here), "not there")
        yield f"{name} is {absent}, simulated {present}", not row
        return
    if not here.keys() & there.keys():
        enough = not moving or min(here.total(), there.total()) >= _ENOUGH
        yield f"{name} is {_forms(here)}, simulated {_forms(there)}", enough


def _is_certain(message: MessageShape) -> bool:
    return message.kind not in _OF_THE_MOMENT | _OF_THE_USER


def _steady(order: Sequence[int], other: Sequence[int]) -> list[int]:
    """The messages of both whose order is the gateway's own."""
    return [kind for kind in order if kind in other and kind not in _OF_THE_MOMENT | _OF_THE_USER]


def _names(order: Sequence[int]) -> str:
    return " > ".join(title(kind) for kind in order)


def _forms(forms: Counter[str]) -> str:
    return " or ".join(sorted(forms))

"""The shape of an answer: which messages came, in which order, with which fields; nothing of their values."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from cli.certification.layouts import named, title
from cli.certification.redaction import form
from cli.certification.tape import Line
from cli.certification.transcript import Transcript

ERROR = 4
_WHAT = {1: "tick", 2: "tick", 45: "tick", 46: "tick", 99: "type", ERROR: "code", 6: "key", 63: "tag"}
"""The field that tells messages of one number apart."""


class MessageShape(msgspec.Struct):
    """All messages of one number and, where it matters, of one tick, code or key.

    `forms` says of each field which kinds of values it had, and in how many of the messages it was there.
    """

    kind: int
    what: str
    count: int = 0
    forms: dict[str, Counter[str]] = msgspec.field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows they have together."""
        return max((forms.total() for name, forms in self.forms.items() if "." in name), default=0)

    @property
    def label(self) -> str:
        """What to call them."""
        return f"{title(self.kind)} {self.what}".rstrip()


class Answer(msgspec.Struct):
    """What one question brought: messages by number and `what`, and the numbers in order of appearance."""

    question: str
    order: list[int] = msgspec.field(default_factory=list)
    messages: dict[tuple[int, str], MessageShape] = msgspec.field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The messages in order: how many of each, their rows, IB's codes.

        >>> answer = Answer("time", [49], {(49, ""): MessageShape(49, "", 2)})
        >>> answer.summary
        'time ×2'
        """
        return ", ".join(map(self._of_kind, self.order)) or "nothing"

    def _of_kind(self, kind: int) -> str:
        messages = [each for each in self.messages.values() if each.kind == kind]
        codes = "".join(f" {each.what}" for each in messages if kind == ERROR)
        rows = sum(each.rows for each in messages)
        count = sum(each.count for each in messages)
        return f"{title(kind)}{codes} ×{count}{f' ({rows} rows)' if rows else ''}"


def shapes(transcript: Transcript) -> dict[str, Answer]:
    """The answer to each question, in the order in which they were asked."""
    answers: dict[str, Answer] = {}
    for line in transcript.lines:
        answer = answers.setdefault(line.question, Answer(line.question))
        if not line.sent:
            _add(answer, line, transcript.version)
    return answers


def _add(answer: Answer, line: Line, version: int) -> None:
    kind, fields = line.kind, named(line.fields, version)
    what = next((each.text for each in fields if each.name == _WHAT.get(kind)), "")
    if kind not in answer.order:
        answer.order.append(kind)
    message = answer.messages.setdefault((kind, what), MessageShape(kind, what))
    message.count += 1
    _count(message.forms, [(each.name, form(each.text)) for each in fields if each.name != "..."])


def _count(forms: dict[str, Counter[str]], fields: Sequence[tuple[str, str]]) -> None:
    for name, kind in fields:
        forms.setdefault(name, Counter())[kind] += 1

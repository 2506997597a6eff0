"""The page of a certification: what was compared, and what differs, question by question, in Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from cli.certification.comparison import Difference, differences
from cli.certification.shape import Answer, shapes
from cli.certification.transcript import Transcript


def page(yours: Transcript, ours: Transcript, versions: Mapping[str, str]) -> tuple[str, list[Difference]]:
    """The page and what it tells: how the gateway's answers differ in kind from the simulated one's."""
    here, there = shapes(yours), shapes(ours)
    found = differences(here, there)
    parts = [
        *_head(yours, versions, found),
        *_table(here, there, found),
        *_list("Differences", [each for each in found if each.certain], "None."),
        *_list(
            "Notes: the market or the account may explain these", [e for e in found if not e.certain], "None."
        ),
    ]
    return "\n".join(parts) + "\n", found


def _head(yours: Transcript, versions: Mapping[str, str], found: Sequence[Difference]) -> Iterator[str]:
    yield "# A gateway compared with the simulated one"
    yield ""
    yield f"Server version {yours.version}, account: {yours.account}."
    yield ", ".join(f"{name} {number}" for name, number in versions.items()) + "."
    yield ""
    yield f"Differences: {sum(each.certain for each in found)}."
    yield (
        "Compared are messages, their order, their fields and IB's codes; not prices, sizes and times."
        " Accounts, holdings, orders and amounts are hidden here and in the transcripts: read them before you"
        " send them."
    )
    yield ""


def _table(
    yours: Mapping[str, Answer], ours: Mapping[str, Answer], found: Sequence[Difference]
) -> Iterator[str]:
    yield "| asked | differences | the gateway answered | the simulated one answered |"
    yield "|---|---|---|---|"
    for question in [*yours, *(ours.keys() - yours.keys())]:
        count = sum(each.certain for each in found if each.question == question)
        here, there = (_summary(side, question) for side in (yours, ours))
        yield f"| {question} | {count or '-'} | {here} | {there} |"
    yield ""


def _summary(answers: Mapping[str, Answer], question: str) -> str:
    return answers[question].summary if question in answers else "not asked"


def _list(title: str, found: Sequence[Difference], none: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from ([f"* {each.question}: {each.text}" for each in found] or [none])
    yield ""

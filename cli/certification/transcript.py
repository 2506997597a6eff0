"""The record of one interview as a text that people can read.

After a head of ``name: value`` lines each message is one line: seconds, ``>`` for what we sent and ``<`` for
what came, the question it belongs to, its fields with ``|`` between them.
"""

from pathlib import Path

import msgspec

from cli.certification.redaction import redacted
from cli.certification.tape import Line, Tape
from market.errors import BadRequest, SetupError
from market.source import Source


class Transcript(msgspec.Struct, frozen=True):
    """What was said in an interview, without anything that is the user's own."""

    version: int
    account: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, tape: Tape) -> "Transcript":
        """What is on a tape, hidden where it is the user's own; raise `BadRequest` for an empty tape."""
        version = next((int(line.fields[1]) for line in tape.lines if line.kind == 0), 0)
        if not version:
            raise BadRequest("the gateway has said nothing; there is nothing to compare")
        accounts = [line.fields[2] for line in tape.lines if line.kind == 15 and len(line.fields) > 2]
        first = (accounts or [""])[0].split(",")[0]
        source = Source.of_account(first)
        label = source.name if source.label == "SIMULATED" else source.label.lower()
        return cls(version, label, tuple(redacted(tape.lines, version)))

    def write(self, path: Path) -> None:
        """Write it; raise `SetupError` when that cannot be done."""
        head = [f"server version: {self.version}", f"account: {self.account}", ""]
        try:
            path.write_text("\n".join([*head, *map(_text, self.lines)]) + "\n")
        except OSError as error:
            raise SetupError(f"{path} cannot be written: {error.strerror}; choose another folder") from error


def _text(line: Line) -> str:
    fields = "|".join(field.replace("|", "/") for field in line.fields)
    return f"{line.seconds:9.3f} {'>' if line.sent else '<'} [{line.question}] {fields}"

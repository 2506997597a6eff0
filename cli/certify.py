"""`certify`: ask a real gateway everything that we ask, compare with the simulated one, write it down.

Nothing is ordered, changed or cancelled. The result is a folder that its owner can read and send in.
"""

import argparse
import contextlib
from pathlib import Path

from cli.certification.comparison import Difference
from cli.certification.interview import Interview, Target
from cli.certification.page import page
from cli.certification.questions import CONTRACTS
from cli.certification.reference import SPEED, interviewed
from cli.certification.tape import Tape
from cli.certification.transcript import Transcript
from cli.console import emit, emit_json, say
from cli.gateway import gateway_address
from cli.parser import Command
from cli.version import versions
from config.settings import Loaded
from market.clock import RealClock
from market.errors import ConnectionFailed, SetupError
from market.times import to_datetime

_SECONDS = 180.0
_SHORTEST = 1.0


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new folder for the page and the transcripts"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=_SECONDS, help=f"how long to ask and listen ({_SECONDS:g})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object for each difference")


def _seconds(text: str) -> float:
    value = float(text)
    if value < _SHORTEST:
        raise argparse.ArgumentTypeError(f"{text} is too short; give {_SHORTEST:g} or more")
    return value


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    folder = _new_folder(args.out)
    try:
        found = _certify(loaded, folder, args.seconds)
    except BaseException:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise
    _tell(folder, found, as_json=args.json)
    return 0


def _certify(loaded: Loaded, folder: Path, seconds: float) -> list[Difference]:
    settings, start, tape = loaded.settings, RealClock().now(), Tape()
    with gateway_address(loaded) as address:
        target = Target(address.host, address.port, settings.client_id, settings.timeout, seconds)
        say(_announcement(target))
        _interview(target, tape, start)
    yours = Transcript.of(tape)
    say(f"now the same of the simulated gateway, about {seconds / SPEED:.0f} s")
    ours = interviewed(yours, start, seconds, settings.timeout)
    text, found = page(yours, ours, versions())
    yours.write(folder / "transcript.txt")
    ours.write(folder / "simulated.txt")
    (folder / "page.md").write_text(text)
    return found


def _interview(target: Target, tape: Tape, start: int) -> None:
    """A line that breaks half-way has told enough to be worth comparing."""
    try:
        Interview(target, tape, to_datetime(start)).run()
    except ConnectionFailed as error:
        if not tape.lines:
            raise
        say(f"it ended early: {error}")


def _announcement(target: Target) -> str:
    return (
        f"for about {target.seconds:.0f} s this asks {target.host}:{target.port}, as client"
        f" {target.client_id}, for time, contracts, market data, depth, bars and past ticks of"
        f" {', '.join(CONTRACTS)}, for the account's values, positions, profit, and a list of orders and"
        " fills; it connects anew once. It places, changes and cancels no order, then ends by itself. Ctrl-C"
        " ends it earlier."
    )


def _new_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise SetupError(f"{folder} exists; name a new folder, so that nothing is overwritten") from None
    except OSError as error:
        raise SetupError(f"{folder} cannot be made: {error.strerror}; choose another place") from error
    return folder


def _tell(folder: Path, found: list[Difference], *, as_json: bool) -> None:
    certain = [each for each in found if each.certain]
    for each in certain:
        emit_json(each) if as_json else emit(f"{each.question}: {each.text}".encode())
    say(
        f"{len(certain)} differences, {len(found) - len(certain)} notes: see {folder / 'page.md'} and the"
        " transcripts beside it; accounts, holdings, orders and amounts are hidden in all of them"
    )


COMMAND = Command(
    "certify",
    "compare a gateway with the simulated one, read-only, and write a page to send in",
    _add_arguments,
    _run,
)

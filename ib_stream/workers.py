"""One process serves all streams: their ids are one process's, and TWS takes a client id once."""

import os
import sys
from collections.abc import Mapping, Sequence

from market.errors import SetupError

_FLAGS = ("--workers", "-w")


def check_single(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """Raise `SetupError` where the web server was told to start several workers.

    It is told on its command line, which its workers inherit, or by WEB_CONCURRENCY.
    """
    environment = os.environ if environment is None else environment
    told = _told(sys.argv if arguments is None else arguments) or environment.get("WEB_CONCURRENCY", "")
    if told.isdigit() and int(told) > 1:
        raise SetupError(
            f"{told} workers were asked for, and the streaming server is one process: use --workers 1."
            " It serves thousands of clients; for more, start another on another port and client id."
        )


def _told(arguments: Sequence[str]) -> str:
    """The number of workers on a command line.

    >>> _told(["uvicorn", "app", "--workers", "4"]), _told(["gunicorn", "-w4"]), _told(["uvicorn"])
    ('4', '4', '')
    """
    for at, word in enumerate(arguments):
        for flag in _FLAGS:
            if word == flag and at + 1 < len(arguments):
                return arguments[at + 1]
            if word.startswith(flag) and word.removeprefix(flag).removeprefix("=").isdigit():
                return word.removeprefix(flag).removeprefix("=")
    return ""

"""The program as its users run it, and what tests of it share."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, str(ROOT / "main.py"))
LONG = 60


def environment() -> dict[str, str]:
    """The caller's, without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("IB_")}


class Program:
    """A running `main.py`; `said` is what it wrote to stderr so far."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.said = ""
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, text: str, times: int = 1) -> str:
        """Read on until so many lines have had `text`; the answer is the last of them.

        The main job tells how things stand at the first tick, and then every five seconds.
        """
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line
            times -= text in line
            if times == 0:
                return line
        raise AssertionError(f"it ended without saying {text!r}:\n{self.said}")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        _, rest = self.process.communicate(timeout=LONG)
        self.said += rest
        return self.process.returncode

    def kill(self) -> None:
        """End it for good; harmless when it has ended."""
        self.process.kill()
        self.process.communicate(timeout=LONG)


def rows(listing: str) -> dict[str, int]:
    """The rows of each series in the output of `data list --json`, by symbol and kind."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in listing.splitlines()]
    return {f"{each['symbol']} {each['kind']}": each["info"]["rows"] for each in lines}

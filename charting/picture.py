"""A picture of a document, taken by the Chromium that is on this machine."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from data_storage.atomic import make_folder
from market.errors import SetupError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PATIENCE = 60.0
_DRAWN = 3_000
"""Milliseconds of the page's own time in which it has drawn everything."""


def browser() -> str:
    """The browser's program; raise `SetupError` where there is none."""
    for name in (*NAMES, _MAC):
        if found := shutil.which(name):
            return found
    raise SetupError(
        "a picture needs Chromium or Chrome, and there is none: sudo apt-get install chromium;"
        " an HTML file needs nothing"
    )


def photographed(document: str, path: Path, width: int, height: int) -> Path:
    """Write a picture of `document` as a PNG file; raise `SetupError` where that cannot be done."""
    program = browser()
    make_folder(path.parent)
    with tempfile.TemporaryDirectory(prefix="truetick-") as folder:
        source, picture = Path(folder) / "chart.html", Path(folder) / "chart.png"
        source.write_text(document)
        said = _run(_command(program, source, picture, width, height, Path(folder) / "profile"))
        if not picture.is_file():
            last = (said.strip().splitlines() or ["it said nothing"])[-1]
            raise SetupError(f"{program} has drawn no picture: {last}")
        shutil.move(picture, path)
    return path


def _command(program: str, source: Path, picture: Path, width: int, height: int, profile: Path) -> list[str]:
    command = [
        program,
        "--headless=new",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        f"--user-data-dir={profile}",
        f"--window-size={width},{height}",
        f"--virtual-time-budget={_DRAWN}",
        f"--screenshot={picture}",
    ]
    # Its sandbox does not start for root; the document is ours and asks for nothing.
    return [*command, *(["--no-sandbox"] if os.geteuid() == 0 else []), source.as_uri()]


def _run(command: list[str]) -> str:
    """What the program says on stderr; it and its helpers end with it."""
    with subprocess.Popen(  # noqa: S603  # a program of this machine, and words of ours
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        try:
            return program.communicate(timeout=PATIENCE)[1]
        except subprocess.TimeoutExpired:
            raise SetupError(f"{command[0]} has drawn nothing in {PATIENCE:g} s") from None
        finally:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)

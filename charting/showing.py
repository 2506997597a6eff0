"""Opening the page in a browser, where there is one to open it in."""

import sys
import webbrowser
from collections.abc import Callable, Mapping

_ELSEWHERE = ("SSH_CONNECTION", "SSH_TTY", "CI")


def show_page(url: str, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Say the page's address, and open it where somebody can see it."""
    say(f"chart: {url}")
    if has_screen(environ):
        webbrowser.open(url)


def has_screen(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser that is opened here is seen by who started the program.

    >>> has_screen({"DISPLAY": ":0"}, "linux"), has_screen({"DISPLAY": ":0", "CI": "1"}, "linux")
    (True, False)
    """
    if any(environ.get(name) for name in _ELSEWHERE):
        return False
    return platform != "linux" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))

"""Opening the page in a browser, where there is one to open it in."""

import sys
import webbrowser
from collections.abc import Callable, Mapping


def show_page(url: str, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Open the page where somebody sits at this machine, and say its address in any case."""
    opened = can_open(environ) and webbrowser.open(url)
    say(f"chart: {url}" + (" (opened in the browser)" if opened else "") + "; Ctrl-C ends it")


def can_open(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser would be seen: not over ssh, not in a build, not without a screen.

    >>> can_open({"DISPLAY": ":0"}, "linux"), can_open({"DISPLAY": ":0", "SSH_CONNECTION": "a b"}, "linux")
    (True, False)
    """
    if environ.get("CI") or environ.get("SSH_CONNECTION"):
        return False
    return not platform.startswith("linux") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))

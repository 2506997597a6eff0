"""The chart's page for who sits before the screen: a free port, its address, a browser where there is one."""

import os
import socket
import sys
import webbrowser
from collections.abc import Mapping

from cli.console import say
from cli.serve import listening, url_of
from market.errors import SetupError

_TRIED = 20
_ELSEWHERE = ("SSH_CONNECTION", "SSH_TTY", "CI")


def free_place(host: str, port: int) -> socket.socket:
    """A socket that listens on `port`, or on the next one that is free; raise `SetupError` without any."""
    for each in range(port, min(port + _TRIED, 65_536)):
        try:
            place = listening(host, each)
        except SetupError:
            continue
        if each != port:
            say(f"port {port} is taken; using {each}")
        return place
    raise SetupError(f"no port from {port} on is free on {host}; choose another with --bind")


def show(place: socket.socket, symbol: str = "") -> str:
    """Print the page's address, and open it where somebody can see it; the answer is the address."""
    url = f"{url_of(place)}/chart{f'/{symbol}' if symbol else ''}"
    say(f"chart: {url}")
    if has_screen(os.environ, sys.platform):
        webbrowser.open(url)
    return url


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser that is opened here is seen by who typed the command.

    >>> has_screen({"DISPLAY": ":0"}, "linux"), has_screen({"DISPLAY": ":0", "CI": "1"}, "linux")
    (True, False)
    """
    if any(environment.get(name) for name in _ELSEWHERE):
        return False
    return platform != "linux" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))

"""The chart's page for who sits before the screen: a free port, its address, a browser where there is one."""

import os
import socket

from charting.showing import show_page
from cli.console import say
from ib_stream.hosting import near, url_of


def free_place(host: str, port: int) -> socket.socket:
    """A socket that listens on `port`, or on the next one that is free; raise `SetupError` without any."""
    place = near(host, port)
    found = place.getsockname()[1]
    if port and found != port:
        say(f"port {port} is taken; using {found}")
    return place


def show(place: socket.socket, symbol: str = "") -> None:
    """Print the page's address, and open it where somebody can see it."""
    show_page(f"{url_of(place)}/chart{f'/{symbol}' if symbol else ''}", os.environ, say)

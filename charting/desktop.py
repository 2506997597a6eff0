"""The page in a window of its own, by pywebview on Qt: the extra ``[desktop]``.

Whatever a window needs is looked for first: without it Qt ends the program, or pywebview waits for ever.
"""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from ctypes.util import find_library

from market.errors import SetupError

Finder = Callable[[str], object]
_MODULES = ("webview", "qtpy", "PyQt6", "PyQt6.QtWebEngineWidgets")


def show_window(url: str, title: str, width: int = 1280, height: int = 800) -> None:
    """Show the page until its window is closed, on the main thread; `check` says whether it can."""
    import webview

    webview.create_window(title, url, width=width, height=height)
    webview.start(gui="qt")


def check(
    environ: Mapping[str, str],
    platform: str = sys.platform,
    module: Finder | None = None,
    library: Finder = find_library,
) -> None:
    """Raise `SetupError`, with what to do, unless a window can be shown."""
    find = module or _module
    if missing := [name for name in _MODULES if not find(name)]:
        raise SetupError(
            f"a desktop window needs {missing[0]}; type: .venv/bin/python -m pip install -e '.[desktop]'"
        )
    if not platform.startswith("linux"):
        return
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        raise SetupError(
            "a desktop window needs a screen, and this session has none; open the page's address"
        )
    if not library("xcb-cursor"):
        raise SetupError(
            "a desktop window needs a library of Qt's; type: sudo apt-get install libxcb-cursor0"
        )


def _module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False

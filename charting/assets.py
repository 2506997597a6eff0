"""The files that the page is made of, as bytes with their types.

The page's own lie in `charting/page`. TradingView's lightweight-charts is the JavaScript that the package
`python-lightweight-charts` brings: it is found by that package's list of files and read, so that nothing of
the package runs. Its licence asks for the notice below and for a link to tradingview.com, which the page has.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from market.errors import SetupError

LIBRARY = "lightweight-charts.js"
"""The name that the page loads TradingView's library by."""

NOTICE = "TradingView Lightweight Charts™, Copyright (с) 2026 TradingView, Inc. https://www.tradingview.com/"
"""What lightweight-charts asks everybody to show who serves it (its NOTICE file)."""

_PACKAGE, _FILE = "python-lightweight-charts", "lightweight-charts.standalone.development.js"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


class Asset(NamedTuple):
    """One file as it is served; `etag` changes with its contents."""

    body: bytes
    media_type: str
    etag: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by the name that the page asks for it: ``index.html``, ``js/main.js``, `LIBRARY`.

    Raise `SetupError` where the package that has the library is not installed.
    """
    found = {name: asset(name, each.read_bytes()) for name, each in _walk(resources("charting") / "page")}
    found[LIBRARY] = asset(LIBRARY, library().read_bytes())
    found["NOTICE.txt"] = asset("NOTICE.txt", f"{NOTICE}\n".encode())
    return MappingProxyType(found)


def asset(name: str, body: bytes) -> Asset:
    """A file of that name.

    >>> asset("a.css", b"").media_type
    'text/css; charset=utf-8'
    """
    digest = hashlib.sha256(body).hexdigest()[:20]
    return Asset(body, _TYPES[PurePosixPath(name).suffix], f'"{digest}"')


def library() -> Path:
    """Where the library lies; raise `SetupError` where it is not installed."""
    try:
        listed = files(_PACKAGE) or []
    except PackageNotFoundError:
        listed = []
    for each in listed:
        if each.name == _FILE:
            return Path(str(each.locate()))
    raise SetupError(f"the chart needs {_PACKAGE}: pip install {_PACKAGE}==1.3.0")


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _walk(each, f"{prefix}{each.name}/")
        elif PurePosixPath(each.name).suffix in _TYPES:
            yield f"{prefix}{each.name}", each

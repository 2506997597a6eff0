"""A chart as one HTML document: bars, marks, TradingView's library and the page's modules, all inside."""

import base64
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

import msgspec

from charting.assets import LIBRARY, NOTICE, assets
from charting.marks import AnyMark
from data_processing.market_data_hub import PRICES, Shown
from market.times import SECOND

_ENTRY = "js/saved.js"
_IMPORT = re.compile(r'(?<=from ")\./(?=[\w.-]+")')


def saved_page(rows: Sequence[Shown], marks: Iterable[AnyMark], about: Mapping[str, Any]) -> str:
    """The document; `rows` in order of time.

    `about` has `title`, `size`, `seconds` (a bar's), `label`, `zone` (an IANA name) and `tick`.
    """
    data = {"about": about, "bars": _columns(rows), "marks": list(marks)}
    words = {name: html.escape(str(each)) for name, each in about.items()}
    page = (files("charting") / "saved" / "page.html").read_text()
    return Template(page).substitute(
        words,
        themes=assets()["css/themes.css"].body.decode(),
        library=assets()[LIBRARY].body.decode().replace("</script", "<\\/script"),
        notice=html.escape(NOTICE),
        # Nothing in it may end the element that it stands in.
        data=msgspec.json.encode(data).decode().replace("<", "\\u003c"),
        modules=msgspec.json.encode({"imports": modules()}).decode(),
        entry=_ENTRY,
    )


def modules(entry: str = _ENTRY) -> dict[str, str]:
    """The script and all that it imports, by name, as addresses that hold their text.

    What such an address holds has no folder that it could import from, so names stand in place of paths.
    """
    found, left = dict[str, str](), [entry]
    while left:
        name = left.pop()
        if name not in found:
            text = _IMPORT.sub("js/", assets()[name].body.decode())
            left += re.findall(r'from "(js/[\w.-]+)"', text)
            found[name] = "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
    return found


def _columns(rows: Sequence[Shown]) -> dict[str, list[Any]]:
    candles = [each.candle for each in rows]
    return {
        "time": [each.time // SECOND for each in candles],
        **{name: [getattr(each, name) for each in candles] for name in (*PRICES, "volume")},
        "final": [not each.provisional for each in candles],
    }

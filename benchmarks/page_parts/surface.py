"""What a column of the surface costs, beside frames that do nothing."""

from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Route

from charting.assets import asset, assets

ORIGIN = "http://surface.bench"
HERE = Path(__file__).parent


def measure(browser: Browser, frames: int) -> dict[str, Any]:
    """Figures in milliseconds; `frames` of each kind."""
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.route(f"{ORIGIN}/**", _answer)
    page.goto(f"{ORIGIN}/parts/surface.html")
    page.wait_for_function("window.measure")
    found = page.evaluate("count => measure(count)", frames)
    page.close()
    kinds = {name: found[name] for name in ("floor", "columns", "whole")}
    floor, columns = (median(kinds[name]["between"]) for name in ("floor", "columns"))
    return {
        "cells": found["cells"],
        "over_floor_ms": round(columns - floor, 2),
        **{f"{name}_frame_p50_ms": round(median(kind["between"]), 2) for name, kind in kinds.items()},
        **{f"{name}_frame_p99_ms": round(_p99(kind["between"]), 2) for name, kind in kinds.items()},
        **{f"{name}_p50_ms": round(median(kinds[name]["spent"]), 2) for name in ("columns", "whole")},
        **{f"{name}_p99_ms": round(_p99(kinds[name]["spent"]), 2) for name in ("columns", "whole")},
    }


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100)[-1]


def _answer(route: Route) -> None:
    folder, _, name = route.request.url.removeprefix(f"{ORIGIN}/").partition("/")
    found = asset(name, (HERE / name).read_bytes()) if folder == "parts" else assets()[name]
    route.fulfill(body=found.body, content_type=found.media_type)

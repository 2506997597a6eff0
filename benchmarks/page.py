"""The live chart in a headless browser: frames, lateness, first paint, heap, and what the surface costs.

The browser is Debian's Chromium, drawing without a graphics card; the server is the product's own before its
simulated gateway, with as many more trades on its bus as asked for. A probe beside the page counts messages
and takes their age (`page_parts/probe.js`): a tick is applied when the frame that follows it is over.
The surface's frames stand beside empty frames of the same browser, whose rate is the floor.

    python benchmarks/page.py             about a quarter of an hour, ten minutes of them for the heap
    python benchmarks/page.py --quick     under a minute
    python benchmarks/page.py --parts surface load

The last line is one JSON object with every figure. Exit code 0 says that all was measured, not that the aims
are met.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser

from benchmarks import report
from benchmarks.page_parts import live, surface
from benchmarks.page_parts.browser import chromium
from benchmarks.report import Aim
from market.errors import SetupError

PARTS = ("surface", "first paint", "load", "heap")
BARS, MOST, RATE, CALM = 10_000, 20_000, 5_000, 200

AIMS: Sequence[Aim] = (
    ("load", "fps", ">=", 50.0),
    ("load", "p99_ms", "<=", 30.0),
    ("load", "received_per_second", ">=", 4900.0),
    ("first paint", "ms", "<=", 500.0),
    ("heap", "grown_mb", "<=", 2.0),
    ("surface", "over_floor_ms", "<=", 1.0),
)


def measure(args: argparse.Namespace, browser: Browser) -> report.Results:
    """The parts asked for."""
    quick, results = args.quick, report.Results()
    if "surface" in args.parts:
        results["surface"] = surface.measure(browser, 120 if quick else 600)
    with live.served() as server:
        if "first paint" in args.parts:
            results["first paint"] = live.first_paint(browser, server, MOST, 1 if quick else 5)
        if "load" in args.parts:
            results["load"] = live.under_load(browser, server, BARS, RATE, 5 if quick else 30)
        if "heap" in args.parts:
            results["heap"] = live.heap(browser, server, CALM, 8 if quick else 600)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a run under a minute")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only these parts")
    args = parser.parse_args()
    try:
        with chromium() as browser:
            version = browser.version
            results = measure(args, browser)
    except SetupError as error:
        sys.exit(f"page: {error}")
    print(report.table(results, AIMS))
    about: dict[str, Any] = {"machine": platform.machine(), "cores": os.cpu_count(), "chromium": version}
    print(json.dumps({"benchmark": "page", **about, "parts": results, "aims": report.aims(results, AIMS)}))


if __name__ == "__main__":
    main()

"""The streaming server beside its peers: what a tick costs, and how late it comes, for any number of clients.

Ticks of about 250 bytes leave a client in C, go over a bus (nginx: straight to nchan, as finished JSON),
and come back to the same client on 200 to 1,000 streams, with ids, limits and heartbeats on. Servers take
turns, each in a process of its own, all those in Python with the same uvicorn (`sse_parts/sides.py` says
how each is written).

    python benchmarks/sse.py                   all loads: about eight minutes
    python benchmarks/sse.py --quick           under a minute: the way works; the ratios say something
    python benchmarks/sse.py --nginx FOLDER    nginx and libnginx-mod-nchan unpacked below FOLDER (default: /)

`delivered` counts what came of all that was sent. The last line is one JSON object with every figure.
Exit code 0 says that all was measured, not that the aims are met.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.sse_parts import report, turn
from benchmarks.sse_parts.sides import SIDES
from benchmarks.sse_parts.turn import Load
from market.errors import SetupError

LOADS = (
    Load("one in flight", 1, 200, 0),
    Load("1,000/s to 200", 1, 200, 1000),
    Load("5,000/s to 200", 1, 200, 5000),
    Load("100/s to 1,000", 1, 1000, 100),
    Load("50 x 40/s to 20", 50, 20, 2000),
)
QUICK = ("one in flight", "1,000/s to 200")
QUICK_SIDES = ("truetick", "sse-starlette", "nchan")


def side_of(name: str, nginx: Path) -> AbstractContextManager[turn.Ports]:
    """The server of that name, running."""
    return turn.nchan(nginx) if name == "nchan" else turn.python_side(name)


def measure(args: argparse.Namespace) -> report.Results:
    """All loads on all sides."""
    loads = [load for load in LOADS if not args.quick or load.name in QUICK]
    names = [*SIDES, *(["nchan"] if has_nchan(args.nginx) else [])]
    sides = [name for name in names if args.sides is None or name in args.sides]
    if args.quick and args.sides is None:
        sides = [name for name in sides if name in QUICK_SIDES]
    warm, seconds = (1.0, 4.0) if args.quick else (2.0, 10.0)
    results: report.Results = {}
    with tempfile.TemporaryDirectory() as folder:
        program = turn.compile_client(Path(folder))
        for load in loads:
            results[load.name] = {}
            for name in sides:
                print(f"{load.name}: {name}", file=sys.stderr, flush=True)
                with side_of(name, args.nginx) as ports:
                    results[load.name][name] = turn.run(program, ports, load, warm, seconds)
    return results


def has_nchan(root: Path) -> bool:
    """Whether nginx is there with its module; says what to type when not."""
    parts = ("usr/sbin/nginx", "usr/lib/nginx/modules/ngx_nchan_module.so")
    found = all((root / part).is_file() for part in parts)
    if not found:
        print("without nchan; for it type: sudo apt-get install libnginx-mod-nchan", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a run under a minute")
    parser.add_argument("--sides", nargs="+", help="only these servers")
    parser.add_argument("--nginx", type=Path, default=Path("/"), help="below which folder nginx is")
    args = parser.parse_args()
    try:
        results = measure(args)
    except SetupError as error:
        sys.exit(f"sse: {error}")
    print(report.table(results))
    machine: dict[str, Any] = {"machine": platform.machine(), "cores": os.cpu_count()}
    print(json.dumps({"benchmark": "sse", **machine, "loads": results, "aims": report.aims(results)}))


if __name__ == "__main__":
    main()

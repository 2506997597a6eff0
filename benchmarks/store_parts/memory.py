"""How much memory a call takes at most, as the system counts it: the process's resident peak."""

import gc
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

_STATUS, _PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def growth(call: Callable[[], Any]) -> tuple[int, Any]:
    """The peak of resident bytes during `call` above what there was before it, and its answer."""
    gc.collect()
    # What the pool holds on to from calls before would hide what this one needs.
    pa.default_memory_pool().release_unused()
    _PEAK_RESET.write_text("5")
    before = _bytes("VmRSS")
    found = call()
    return max(0, _bytes("VmHWM") - before), found


def _bytes(field: str) -> int:
    match = re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    assert match
    return int(match[1]) * 1024

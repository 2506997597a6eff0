import threading
from collections.abc import Iterator

import pytest

from ib_api import LoggingConfig


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """No log file is written by a test, and no thread of ours outlives one."""
    LoggingConfig.remove()
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name == "ib-reader"]
    assert not left, "a reader thread outlived its test"

"""A browser for measurements."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from market.errors import SetupError


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The system's, headless; raise `SetupError` where there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise SetupError("no chromium; type: sudo apt-get install chromium, or name yours in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()

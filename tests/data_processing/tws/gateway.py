"""A connection to a simulated gateway, with a store of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.settings import load
from data_processing.tws.connection import TwsConnection


@contextmanager
def connected(folder: Path, port: int, client_id: int = 1, **settings: Any) -> Iterator[TwsConnection]:
    """Whatever the environment says."""
    flags = {"port": port, "client_id": client_id, "data_dir": folder / "data"}
    with TwsConnection(loaded=load(flags | settings, {}, folder / ".env")) as connection:
        yield connection

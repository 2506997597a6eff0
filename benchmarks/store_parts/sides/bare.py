"""No store at all: the bytes of the rows, written and synced. The least that a durable append can cost."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.store_parts.sides.side import Side


class BareFile(Side):
    """As many bytes as the columns take in memory, then fdatasync."""

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / "bytes", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def prepare(self, what: str, table: pa.Table) -> Any:
        return bytes(table.nbytes)

    def append(self, trades: bytes) -> None:
        os.write(self._file, trades)
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)

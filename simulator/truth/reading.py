"""Open an export."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from market.errors import BadRequest
from simulator.truth.export import FORMAT, MANIFEST
from simulator.truth.tables import COLUMNS


class Truth(msgspec.Struct, frozen=True):
    """An export; `manifest` as it was written."""

    folder: Path
    manifest: dict[str, Any]

    def table(self, name: str) -> Any:
        """The `pyarrow.Table` of that name; raise `BadRequest` when there is none or its file was changed."""
        if name not in COLUMNS:
            raise BadRequest(f"an export has no table {name!r}; it has: {' '.join(COLUMNS)}")
        path = self.folder / f"{name}.parquet"
        if sha256(path.read_bytes()).hexdigest() != self.manifest["files"][path.name]["sha256"]:
            raise BadRequest(f"{path} is not what was exported; its digest differs from the manifest's")
        return pq.read_table(path)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table as dictionaries."""
        found: list[dict[str, Any]] = self.table(name).to_pylist()
        return found


def read(folder: Path) -> Truth:
    """Open the export in `folder`; raise `BadRequest` when there is none that this version understands."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadRequest(f"{folder} holds no export of a simulated gateway: {problem}") from problem
    if manifest.get("format") != FORMAT:
        raise BadRequest(f"{folder} has format {manifest.get('format')}; this version reads {FORMAT}")
    return Truth(folder, manifest)

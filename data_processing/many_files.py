"""A table from each of many files: one after the other, or side by side where there is much to decode."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from data_storage.manifest import StoreFile

# Threads that have little to decode only wait for each other: it takes so many files, the first with so
# many rows.
_FILES, _LONG = 4, 50_000
# After so many rows the memory of decoding is given back.
_MANY = 250_000


def read(files: Sequence[StoreFile], read_one: Callable[[StoreFile], pa.Table | None]) -> list[pa.Table]:
    """What `read_one` gives of each file, in their order, without those that have nothing."""
    decoded = 0

    def counted(file: StoreFile) -> pa.Table | None:
        nonlocal decoded
        found = read_one(file)
        decoded += 0 if found is None else found.num_rows
        if decoded > _MANY:
            # What decoding took beside its answer must not add up; giving it back takes time as well.
            pa.default_memory_pool().release_unused()
            decoded = 0
        return found

    tables = [counted(file) for file in files[:1]]
    if len(files) < _FILES or tables[0] is None or tables[0].num_rows < _LONG:
        tables += [counted(file) for file in files[1:]]
    else:
        with ThreadPoolExecutor(pa.cpu_count(), "truetick-read") as pool:
            tables += pool.map(counted, files[1:])
    return [table for table in tables if table is not None]

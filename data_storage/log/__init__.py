"""The write-ahead log: what was added to a store and is not yet in its Parquet files.

::

    writer.LogWriter(folder, sync="group", *, after=START, segment_size=..., disk=..., timer=...)
        .append(batches: Sequence[tuple[str, pa.RecordBatch | Rows]]) -> Position    one frame: all or none
        .sync() -> None             all that was appended so far survives a power cut
        .roll() -> Position         begin a new segment; all that was appended so far lies before it
        .drop(before: Position)     remove the segments that lie wholly before it
        .position -> Position       the end of what was appended
        .close() -> None            sync, stop the timer
    reader.LogReader(folder, report: Callable[[Damage], None], start=START)
        .read_new() -> Iterator[Frame]      whole frames that came since the last call
        .position -> Position               where the next call goes on
        .seek(position)                     pass over what files have already
        .close()
    repair.repair(folder, report, start=START)   before a writer is opened: cut a torn tail, name damage

    Position(segment, offset)       ordered; a NamedTuple, so JSON is [segment, offset]; START is the first
    frames.Rows(schema, values)     a few rows as plain values; quicker to append than a batch, read as one
    Frame(start, end, batches)      batches: tuple[tuple[str, pa.RecordBatch], ...], as they were appended
    Damage(path, start, end, kind)  bytes of a file; `str()` is one line for the user

How a store uses it. Under the writer's lock: ``repair(folder, report, position)``, then
``LogWriter(folder, after=position)``, with the position that the manifest has. To compact:
``end = writer.roll()``, read the frames before `end`, write them to files, write a manifest with `end`, then
``writer.drop(end)``. A reader starts at the manifest's position; when `read_new` raises `SegmentGone`, its
place has been compacted away: load the manifest anew, `seek` there, go on.

A segment ``<number>.log`` is a row of frames, see `frames`. Numbers only grow.
"""

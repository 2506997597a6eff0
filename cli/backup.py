"""`backup DIR`, `restore DIR`, `verify DIR`: snapshots of stores in another folder or on another drive."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import emit, emit_json, say
from cli.parser import Command, source_name
from config.settings import Loaded
from market import times
from market.clock import RealClock
from market.errors import BadRequest
from market.source import Source

if TYPE_CHECKING:
    from data_storage.backup.snapshots import Snapshot
    from data_storage.local_storage import BackupReport, LocalStorage, VerifyReport

_KEEP = ("last", "daily", "weekly", "monthly")


def _common_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", type=Path, metavar="DIR", help="the backup place: a folder of its own")
    parser.add_argument("--source", type=source_name, help="of one store only: ib, sim-1-consistent-24h, ...")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _backup_arguments(parser: argparse.ArgumentParser) -> None:
    _common_arguments(parser)
    parser.add_argument("--init", action="store_true", help="make DIR a backup place, the first time")
    parser.add_argument(
        "--check",
        action="store_true",
        help="read back what is there already, and copy again what the drive has damaged",
    )
    for name in _KEEP:
        what = "newest snapshots" if name == "last" else f"newest {name} snapshots"
        parser.add_argument(
            f"--keep-{name}", type=int, metavar="N", help=f"keep the N {what}, remove what no rule keeps"
        )


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    _common_arguments(parser)
    parser.add_argument("--list", action="store_true", help="say which snapshots there are, restore nothing")
    parser.add_argument("--at", metavar="TIME", help="the newest one not after this moment, UTC (the newest)")
    parser.add_argument(
        "--replace", action="store_true", help="move a store that is there away, below DATA_DIR/replaced"
    )


def _backup(loaded: Loaded, args: argparse.Namespace) -> int:
    from data_storage.backup.retention import Keep
    from data_storage.errors import DamagedFile
    from data_storage.local_storage import LocalStorage

    rules = {name: getattr(args, f"keep_{name}") for name in _KEEP}
    given = {name: number for name, number in rules.items() if number is not None}
    keep = Keep(**given) if given else None
    sources = _sources(loaded, args.source)
    storage = LocalStorage.make(args.place) if args.init else LocalStorage(args.place)
    damaged = list[str]()
    for source in sources:
        store = loaded.settings.data_dir / source.name
        report = storage.back_up(store, source, _now(), check=args.check, progress=_progress)
        damaged += [str(store / path) for path in report.damaged]
        emit_json(_report_json(report)) if args.json else say(_summary(report))
        if keep is not None:
            gone, freed = storage.retain(source.name, keep, _now())
            say(f"{source.name}: {len(gone)} old snapshots removed, {_mib(freed)} freed")
    if damaged:
        raise DamagedFile(
            f"the snapshot was made, yet files of the store are damaged or gone: {', '.join(damaged)}; "
            f"an older snapshot may still have them whole: restore {args.place} --list"
        )
    return 0


def _restore(loaded: Loaded, args: argparse.Namespace) -> int:
    from data_storage.local_storage import LocalStorage

    storage = LocalStorage(args.place)
    if args.list:
        return _list(storage, args)
    time = times.parse(args.at) if args.at else None
    snapshot = storage.snapshot_at(_source_in(storage, loaded, args.source), time)
    data_dir = loaded.settings.data_dir
    aside = storage.restore(snapshot, data_dir, _now(), replace=args.replace, progress=_progress)
    emit_json(_snapshot_json(snapshot)) if args.json else say(f"restored {_line(snapshot)}")
    if aside is not None:
        say(f"the store that was there is now {aside}; remove it when you need it no more")
    return 0


def _list(storage: "LocalStorage", args: argparse.Namespace) -> int:
    from data_storage.backup.errors import DamagedBackup

    found, unreadable = storage.snapshots(args.source)
    for each in found:
        emit_json(_snapshot_json(each)) if args.json else emit(_line(each).encode())
    if unreadable:
        raise DamagedBackup(
            f"snapshots that are damaged and cannot be restored: {', '.join(map(str, unreadable))}; "
            f"nothing heals them: remove those files"
        )
    return 0


def _verify(loaded: Loaded, args: argparse.Namespace) -> int:
    from data_storage.backup.errors import DamagedBackup, NoSnapshot
    from data_storage.local_storage import LocalStorage

    report = LocalStorage(args.place).verify(args.source, progress=_progress)
    if not (report.snapshots or report.unreadable):
        whose = f" of {args.source!r}" if args.source else ""
        raise NoSnapshot(
            f"{args.place} has no snapshot{whose}, so nothing was verified; make one with: backup"
        )
    if args.json:
        emit_json(_verify_json(report))
    else:
        for line in _damage(report):
            emit(line.encode())
    if not report.whole:
        raise DamagedBackup(f"{args.place}: not all can be restored whole; {' and '.join(_remedies(report))}")
    say(
        f"{args.place}: {report.snapshots} snapshots, {report.contents} files, {_mib(report.size)}: all whole"
    )
    return 0


def _now() -> int:
    """To the millisecond, so that users can write the time of a snapshot."""
    return RealClock().now() // 10**6 * 10**6


def _sources(loaded: Loaded, name: str | None) -> list[Source]:
    """The stores meant: the one named, the simulated one, else every one there is."""
    settings = loaded.settings
    if name is None and loaded.simulated:
        return [Source.simulated(seed=settings.seed, feed=settings.feed, always_open=True)]
    names = sorted(path.parent.name for path in settings.data_dir.glob("*/manifest.json"))
    if name is None and not names:
        raise BadRequest(f"there is nothing to back up in {settings.data_dir}; fill a store with: backfill")
    return [Source(each, "", "SIMULATED") for each in ([name] if name else names)]


def _source_in(storage: "LocalStorage", loaded: Loaded, name: str | None) -> str:
    if name is None and loaded.simulated:
        return _sources(loaded, name)[0].name
    there = storage.sources()
    if name is None and len(there) > 1:
        raise BadRequest(f"which store? there are {', '.join(there)}; choose with --source NAME")
    return name or (there[0] if there else "")


def _damage(report: "VerifyReport") -> list[str]:
    lines = [f"{each.source} {times.iso(each.time)}: {each.path} is damaged" for each in report.damaged]
    return lines + [f"{path}: the snapshot itself is damaged" for path in report.unreadable]


def _remedies(report: "VerifyReport") -> list[str]:
    again = "back up again with --check, which copies anew what the store still has"
    return [
        *([again] if report.damaged else []),
        *(["remove the damaged snapshots"] if report.unreadable else []),
    ]


def _line(snapshot: "Snapshot") -> str:
    files = len(snapshot.files)
    return f"{snapshot.source} as of {times.iso(snapshot.time)}: {files} files, {_mib(snapshot.size)}"


def _summary(report: "BackupReport") -> str:
    return f"{_line(report.snapshot)}; copied: {report.copied_files} files, {_mib(report.copied_bytes)}"


def _snapshot_json(snapshot: "Snapshot") -> dict[str, Any]:
    return {
        "source": snapshot.source,
        "time": times.iso(snapshot.time),
        "files": len(snapshot.files),
        "bytes": snapshot.size,
    }


def _report_json(report: "BackupReport") -> dict[str, Any]:
    copied = {
        "copied_files": report.copied_files,
        "copied_bytes": report.copied_bytes,
        "damaged": report.damaged,
    }
    return _snapshot_json(report.snapshot) | copied


def _verify_json(report: "VerifyReport") -> dict[str, Any]:
    damaged = [
        {"source": each.source, "time": times.iso(each.time), "path": each.path, "checksum": each.checksum}
        for each in report.damaged
    ]
    unreadable = [str(path) for path in report.unreadable]
    counts = {"snapshots": report.snapshots, "files": report.contents, "bytes": report.size}
    return {**counts, "damaged": damaged, "unreadable": unreadable}


def _mib(size: int) -> str:
    return f"{size / 1024**2:,.1f} MiB"


def _progress(done: int, total: int) -> None:
    """Show on a terminal how far it is; a log file is spared."""
    if sys.stderr.isatty():
        share, end = done / max(total, 1), "\r" if done < total else "\n"
        print(f"\r{share:4.0%} of {_mib(total)} ", end=end, file=sys.stderr, flush=True)


BACKUP = Command(
    "backup", "add a snapshot of what is stored to another folder or drive", _backup_arguments, _backup
)
RESTORE = Command("restore", "bring a store back as it was at a snapshot", _restore_arguments, _restore)
VERIFY = Command("verify", "read a backup place whole and compare every checksum", _common_arguments, _verify)

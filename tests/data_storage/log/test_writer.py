import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from data_storage.log.errors import LogFailed, NotAppended
from data_storage.log.segments import Disk, Position, numbers, path_of
from data_storage.log.writer import LogWriter
from market.errors import BadRequest
from tests.data_storage.log.logs import INTERRUPT, FailingDisk, HandTimer, append, read, rows, written


class SlowDisk(Disk):
    """Its sync takes until `go_on` is set, and fails."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.calls = Event(), Event(), 0

    def sync(self, handle: int) -> None:
        self.calls += 1
        self.begun.set()
        self.go_on.wait(60)
        raise OSError(errno.EIO, "Input/output error")


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


def test_what_was_appended_is_read_back_after_a_restart(tmp_path: Path) -> None:
    for n in range(3):
        writer = LogWriter(tmp_path)
        append(writer, n, n)
        writer.close()
    assert read(tmp_path) == ([0, 0, 1, 1, 2, 2], [])


def test_an_append_is_one_frame_and_tells_its_end(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, "off")
    end = writer.append([("a", rows(1)), ("b", rows(2, 3))])
    assert end == writer.position == Position(1, path_of(tmp_path, 1).stat().st_size)
    assert writer.append([]) == end
    assert read(tmp_path, Position(1, 0)) == ([1, 2, 3], [])
    assert read(tmp_path, end) == ([], [])
    writer.close()


def test_always_syncs_before_it_returns(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "always", disk=disk)
    append(writer, 1)
    append(writer, 2)
    assert disk.synced == 2
    writer.close()


def test_always_makes_room_ahead_and_gives_it_back(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, "always")
    ends = [append(writer, 1), append(writer, 2)]
    assert path_of(tmp_path, 1).stat().st_size == ends[0].offset + 2**20
    assert read(tmp_path) == ([1, 2], [])
    writer.roll()
    end = append(writer, 3)
    writer.close()
    sizes = [path_of(tmp_path, number).stat().st_size for number in (1, 2)]
    assert sizes == [ends[1].offset, end.offset]


def test_always_does_without_room_where_there_is_none(
    tmp_path: Path, disk: FailingDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "extend", full)
    writer = LogWriter(tmp_path, "always", disk=disk)
    for n in range(3):
        append(writer, n)
    assert path_of(tmp_path, 1).stat().st_size == writer.position.offset
    assert read(tmp_path) == ([0, 1, 2], [])
    writer.close()


def test_group_syncs_when_the_timer_rings_also_when_nothing_more_comes(
    tmp_path: Path, disk: FailingDisk
) -> None:
    timer = HandTimer()
    writer = LogWriter(tmp_path, disk=disk, timer=timer)
    append(writer, 1)
    append(writer, 2)
    assert (timer.armed, disk.synced) == (2, 0)
    timer.ring()
    timer.ring()
    assert disk.synced == 1
    writer.close()
    assert timer.closed


def test_off_syncs_when_asked_and_when_a_segment_is_full(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "off", disk=disk, segment_size=2_000)
    append(writer, 1)
    assert disk.synced == 0
    writer.sync()
    writer.sync()
    assert disk.synced == 1
    append(writer, *range(100))
    assert disk.synced == 1
    append(writer, 2)
    assert disk.synced == 2
    writer.close()
    assert disk.synced == 3


def test_what_a_killed_writer_left_is_synced_before_more_is_appended(
    tmp_path: Path, disk: FailingDisk
) -> None:
    written(tmp_path, 1)
    written(tmp_path, 1)
    LogWriter(tmp_path, disk=disk).close()
    assert disk.synced == 2


def test_a_log_that_cannot_be_synced_is_not_opened(tmp_path: Path, disk: FailingDisk) -> None:
    written(tmp_path, 1)
    disk.syncs = [errno.EIO]
    with pytest.raises(LogFailed):
        LogWriter(tmp_path, disk=disk)
    assert numbers(tmp_path) == [1]


def test_nothing_comes_into_a_segment_once_a_newer_one_may_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LogWriter(tmp_path, "off")
    append(writer, 1)

    def failing(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("data_storage.log.writer.sync_folder", failing)
    for call in (writer.roll, lambda: append(writer, 2), writer.close):
        with pytest.raises(LogFailed):
            call()
    assert read(tmp_path) == ([1], [])


def test_short_writes_are_gone_on_with(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "off", disk=disk)
    disk.writes = [1, 7, 100]
    append(writer, 1)
    append(writer, 2)
    assert read(tmp_path) == ([1, 2], [])
    writer.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_frame_that_finds_no_room_is_cut_back_and_the_next_is_whole(
    tmp_path: Path, disk: FailingDisk, number: int
) -> None:
    writer = LogWriter(tmp_path, "always", disk=disk)
    end = append(writer, 1)
    disk.writes = [100, -number]
    with pytest.raises(NotAppended, match="nothing of this was added; free some space, then add it again"):
        append(writer, 2)
    assert path_of(tmp_path, 1).stat().st_size == end.offset
    append(writer, 3)
    writer.close()
    assert read(tmp_path) == ([1, 3], [])


def test_an_interrupted_frame_is_cut_back(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "off", disk=disk)
    disk.writes = [50, INTERRUPT]
    with pytest.raises(KeyboardInterrupt):
        append(writer, 1)
    assert path_of(tmp_path, 1).stat().st_size == 0
    append(writer, 2)
    writer.close()
    assert read(tmp_path) == ([2], [])


def test_a_frame_that_cannot_be_cut_back_ends_the_appending(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "off", disk=disk)
    append(writer, 1)
    disk.writes, disk.truncates = [10, -errno.EIO], [errno.EIO]
    for _ in range(2):
        with pytest.raises(LogFailed, match="Input/output error"):
            append(writer, 2)
    with pytest.raises(LogFailed):
        writer.close()
    assert read(tmp_path) == ([1], [])


def test_a_sync_that_failed_is_told_at_every_call_and_never_tried_again(
    tmp_path: Path, disk: FailingDisk
) -> None:
    timer = HandTimer()
    writer = LogWriter(tmp_path, disk=disk, timer=timer)
    append(writer, 1)
    disk.syncs = [errno.EIO]
    timer.ring()
    calls = [lambda: append(writer, 2), writer.sync, writer.roll, writer.close]
    for call in calls:
        with pytest.raises(LogFailed, match="may be lost at a power cut; check the disk"):
            call()
    assert disk.synced == 0
    writer.close()


def test_appends_go_on_while_the_disk_syncs_and_a_second_sync_hears_of_its_failure(tmp_path: Path) -> None:
    disk = SlowDisk()
    writer = LogWriter(tmp_path, "off", disk=disk)
    append(writer, 1)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(writer.sync)
        assert disk.begun.wait(60)
        append(writer, 2)
        second = pool.submit(writer.sync)
        disk.go_on.set()
        for each in (first, second):
            with pytest.raises(LogFailed):
                each.result(60)
    assert disk.calls == 1
    with pytest.raises(LogFailed):
        writer.close()


def test_always_tells_at_once_that_a_sync_failed(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "always", disk=disk)
    disk.syncs = [errno.EIO]
    with pytest.raises(LogFailed):
        append(writer, 1)
    with pytest.raises(LogFailed):
        writer.close()


def test_a_full_segment_is_followed_by_the_next(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, "off", segment_size=4_000)
    for n in range(20):
        append(writer, n)
    append(writer, *range(20, 1_000))
    append(writer, 1_000)
    writer.close()
    sizes = [path_of(tmp_path, number).stat().st_size for number in numbers(tmp_path)]
    assert len(sizes) > 4
    assert sum(size > 4_000 for size in sizes) == 1
    assert read(tmp_path) == (list(range(1_001)), [])


def test_a_roll_begins_a_segment_unless_this_one_is_empty(tmp_path: Path, disk: FailingDisk) -> None:
    writer = LogWriter(tmp_path, "off", disk=disk)
    assert writer.roll() == Position(1, 0)
    append(writer, 1)
    assert writer.roll() == writer.roll() == Position(2, 0)
    assert disk.synced == 1
    writer.close()


def test_a_drop_removes_whole_segments_before_a_position_and_never_the_present_one(tmp_path: Path) -> None:
    for n in range(3):
        written(tmp_path, n + 1)
    writer = LogWriter(tmp_path, "off")
    writer.drop(Position(2, 500))
    assert numbers(tmp_path) == [2, 3, 4]
    writer.drop(Position(99, 0))
    assert numbers(tmp_path) == [4]
    writer.close()


def test_a_writer_begins_after_all_that_is_there_and_after_what_files_have(tmp_path: Path) -> None:
    def begins(after: Position) -> int:
        writer = LogWriter(tmp_path, "off", after=after)
        writer.close()
        return writer.position.segment

    assert [begins(Position(0, 0)), begins(Position(1, 0)), begins(Position(1, 8))] == [1, 1, 2]
    path_of(tmp_path, 2).write_bytes(b"x")
    assert [begins(Position(1, 0)), begins(Position(7, 0))] == [3, 7]


def test_a_segment_that_cannot_be_made_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LogWriter(tmp_path, "off")
    append(writer, 1)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("data_storage.log.writer.os.open", full)
        with pytest.raises(NotAppended, match=r"2\.log cannot be written"):
            writer.roll()
    append(writer, 2)
    writer.close()
    assert read(tmp_path) == ([1, 2], [])


def test_an_unknown_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="'sometimes'; choose one of always, group, off"):
        LogWriter(tmp_path, "sometimes")  # type: ignore[arg-type]


def test_a_closed_log_takes_nothing_more(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path)
    writer.close()
    writer.close()
    with pytest.raises(BadRequest, match="closed; open the store again"):
        append(writer, 1)

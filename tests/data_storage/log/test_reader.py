import os
from pathlib import Path

import pytest

from data_storage.log.errors import SegmentGone
from data_storage.log.reader import LogReader
from data_storage.log.segments import START, Damage, Position, path_of
from data_storage.log.writer import LogWriter
from tests.data_storage.log.logs import append, numbers_in, read, refuse, texts, written

SMALL = 4_096  # bytes: a few frames


def test_each_frame_comes_once_while_the_writer_goes_on(tmp_path: Path) -> None:
    writer, reader = LogWriter(tmp_path, "off", segment_size=SMALL), LogReader(tmp_path, refuse)
    seen: list[list[int]] = []
    for n in range(0, 20, 2):
        append(writer, n)
        append(writer, n + 1)
        seen.append(numbers_in(reader))
    assert seen == [[n, n + 1] for n in range(0, 20, 2)]
    assert writer.position.segment >= 3
    assert reader.position == writer.position
    reader.close()
    writer.close()


def test_a_frame_says_where_it_lies_and_what_it_holds(tmp_path: Path) -> None:
    ends = written(tmp_path, 3)
    reader = LogReader(tmp_path, refuse, ends[0])
    frames = list(reader.read_new())
    assert [(frame.start, frame.end) for frame in frames] == [(ends[0], ends[1]), (ends[1], ends[2])]
    assert frames[0].batches[0][0] == "rows"
    reader.close()


def test_a_log_that_is_not_there_yet_has_nothing(tmp_path: Path) -> None:
    reader = LogReader(tmp_path / "log", refuse)
    assert numbers_in(reader) == []
    written(tmp_path / "log", 2)
    assert numbers_in(reader) == [0, 1]
    reader.close()


def test_a_torn_tail_is_given_once_it_is_finished(tmp_path: Path) -> None:
    ends = written(tmp_path, 2)
    path = path_of(tmp_path, 1)
    whole, reader = path.read_bytes(), LogReader(tmp_path, refuse)
    path.write_bytes(whole[: ends[0].offset + 50])
    assert numbers_in(reader) == [0]
    assert numbers_in(reader) == []
    path.write_bytes(whole)
    assert numbers_in(reader) == [1]
    reader.close()


def test_a_tail_that_will_never_be_finished_is_told(tmp_path: Path) -> None:
    ends = written(tmp_path, 2)
    os.truncate(path_of(tmp_path, 1), ends[1].offset - 8)
    LogWriter(tmp_path, "off").close()
    assert read(tmp_path) == ([0], [Damage(path_of(tmp_path, 1), ends[0].offset, ends[1].offset - 8, "torn")])


def test_room_that_was_not_used_is_passed_over_in_silence(tmp_path: Path) -> None:
    written(tmp_path, 2)
    os.truncate(path_of(tmp_path, 1), 2**20)
    reader = LogReader(tmp_path, refuse)
    assert numbers_in(reader) == [0, 1]
    LogWriter(tmp_path, "off").close()
    assert numbers_in(reader) == []
    assert reader.position == Position(2, 0)
    reader.close()


def test_what_was_open_is_read_to_its_end_after_it_was_dropped(tmp_path: Path) -> None:
    writer, reader = LogWriter(tmp_path, "off"), LogReader(tmp_path, refuse)
    append(writer, 1)
    assert numbers_in(reader) == [1]
    append(writer, 2)
    writer.drop(writer.roll())
    append(writer, 3)
    assert numbers_in(reader) == [2, 3]
    reader.close()
    writer.close()


def test_a_reader_that_may_have_missed_frames_is_told_where_to_go_on(tmp_path: Path) -> None:
    writer, reader = LogWriter(tmp_path, "off"), LogReader(tmp_path, refuse)
    append(writer, 1)
    assert numbers_in(reader) == [1]
    writer.roll()
    append(writer, 2)
    writer.drop(compacted := writer.roll())
    append(writer, 3)
    with pytest.raises(SegmentGone, match="segment 2 of") as gone:
        numbers_in(reader)
    assert gone.value.oldest == compacted
    reader.seek(compacted)
    assert numbers_in(reader) == [3]
    reader.close()
    writer.close()


def test_a_reader_that_starts_in_a_dropped_segment_is_told(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, "off", after=Position(7, 8))
    with pytest.raises(SegmentGone) as gone:
        read(tmp_path, Position(7, 8))
    assert gone.value.oldest == writer.position
    writer.close()


def test_a_reader_waits_for_a_segment_to_come(tmp_path: Path) -> None:
    reader = LogReader(tmp_path, refuse, Position(2, 0))
    written(tmp_path, 1)
    assert numbers_in(reader) == []
    written(tmp_path, 2)
    assert numbers_in(reader) == [0, 1]
    reader.close()


def test_a_seek_never_goes_back(tmp_path: Path) -> None:
    ends, reader = written(tmp_path, 3), LogReader(tmp_path, refuse)
    reader.seek(ends[1])
    reader.seek(START)
    assert numbers_in(reader) == [2]
    reader.seek(ends[0])
    assert numbers_in(reader) == []
    reader.close()


def test_a_segment_that_was_removed_by_hand_is_told_and_passed(tmp_path: Path) -> None:
    for _ in range(3):
        written(tmp_path, 1)
    path_of(tmp_path, 2).unlink()
    values, damage = read(tmp_path)
    assert values == [0, 0]
    assert [str(each) for each in damage] == [
        f"{path_of(tmp_path, 2)} is missing: what it held is lost; restore it, or fetch that time again"
    ]


def test_frames_count_as_read_when_they_were_given(tmp_path: Path) -> None:
    written(tmp_path, 3)
    reader = LogReader(tmp_path, refuse)
    first = next(reader.read_new())
    assert reader.position == first.end
    assert numbers_in(reader) == [1, 2]
    reader.close()


def test_every_truncation_gives_the_complete_prefix(tmp_path: Path) -> None:
    ends = [end.offset for end in written(tmp_path, 3)]
    for size in range(ends[-1], -1, -1):
        os.truncate(path_of(tmp_path, 1), size)
        assert read(tmp_path) == (list(range(sum(end <= size for end in ends))), [])


def test_a_flipped_bit_loses_that_frame_only_and_is_told(tmp_path: Path) -> None:
    ends = [0, *(end.offset for end in written(tmp_path, 3))]
    whole = path_of(tmp_path, 1).read_bytes()
    for bit in range(0, 8 * ends[-2], 61):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        path_of(tmp_path, 1).write_bytes(content)
        hit = sum(end <= bit // 8 for end in ends) - 1
        values, damage = read(tmp_path)
        assert values == [n for n in range(3) if n != hit]
        assert texts(damage) == [("damaged", ends[hit], ends[hit + 1])]


def test_damage_that_another_look_does_not_show_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the writer fills room with one frame and the next while the file is being read."""
    ends = [end.offset for end in written(tmp_path, 4)]
    whole = path_of(tmp_path, 1).read_bytes()
    looks = [bytes(ends[0]) + whole[ends[0] :]]
    looks += [whole[: ends[1]] + bytes(ends[2] - ends[1]) + whole[ends[2] :], whole]
    monkeypatch.setattr("data_storage.log.reader.read_rest", lambda *_: looks.pop(0))
    assert read(tmp_path) == ([0, 1, 2, 3], [])

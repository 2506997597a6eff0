from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_storage.log.frames import MAGIC, Batches, Encoder, Rows, batches_of, spans, stamp
from data_storage.log.segments import Position
from data_storage.tables import BARS, TICKS, bars_table
from market.errors import BadRequest
from tests.data_storage.log.logs import rows
from tests.fakes import bar

AT = Position(3, 64)


def frame(at: Position, *values: int) -> bytes:
    return stamped(at, ("rows", rows(*values)))


def stamped(at: Position, *batches: tuple[str, pa.RecordBatch]) -> bytes:
    made = Encoder().frame(batches)
    stamp(made, at)
    return bytes(made)


def back(batches: Batches, encoder: Encoder | None = None) -> tuple[tuple[str, pa.RecordBatch], ...]:
    """What is read from a frame of these batches."""
    made = (encoder or Encoder()).frame(batches)
    stamp(made, AT)
    [span] = spans(memoryview(bytes(made)), AT)
    assert span.payload is not None
    return batches_of(span.payload)


def test_batches_of_several_schemas_come_back_equal_and_in_order() -> None:
    bars = bars_table([bar(0), bar(1, volume=None, close=-37.63)]).to_batches()[0]
    empty = pa.RecordBatch.from_pylist([], schema=TICKS["BidAsk"])
    sent = [("bars/1m", bars), ("ticks/BidAsk", empty), ("ü", rows(1, 2)), ("bars/1m", bars.slice(1))]
    came = back(sent)
    assert [name for name, _ in came] == [name for name, _ in sent]
    assert all(a.equals(b) for (_, a), (_, b) in zip(came, sent, strict=True))
    assert came[0][1].schema.equals(BARS, check_metadata=True)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.lists(st.none() | st.floats(allow_nan=False)))))
def test_any_batches_come_back_equal(parts: list[tuple[str, list[float | None]]]) -> None:
    sent = [(name, pa.record_batch({"x": pa.array(values, pa.float64())})) for name, values in parts]
    came = back(sent)
    assert [(name, batch["x"].to_pylist()) for name, batch in came] == parts


VALUES = st.tuples(st.none() | st.floats(allow_nan=False), st.text(), st.integers(-(2**63), 2**63 - 1))


@settings(deadline=None)
@given(st.lists(VALUES))
def test_rows_come_back_as_the_columns_they_would_be(values: list[tuple[object, ...]]) -> None:
    schema = pa.schema([("x", pa.float64()), ("word", pa.string()), ("time", pa.timestamp("ns", tz="UTC"))])
    columns = [pa.array([row[i] for row in values], field.type) for i, field in enumerate(schema)]
    [(_, came), (_, beside)] = back([("rows", Rows(schema, values)), ("other", rows(1))])
    assert came.equals(pa.RecordBatch.from_arrays(columns, schema=schema))
    assert beside.equals(rows(1))


def test_a_name_may_get_another_schema() -> None:
    encoder = Encoder()
    for batch in (rows(1), rows(1).select(["n"]), rows(1).replace_schema_metadata({"unit": "ns"})):
        [(_, came)] = back([("rows", batch)], encoder)
        assert came.schema.equals(batch.schema, check_metadata=True)
        assert came.equals(batch)


def test_columns_of_dictionaries_are_refused_by_name() -> None:
    coded = pa.record_batch({"venue": pa.array(["A", "B"]).dictionary_encode()})
    with pytest.raises(BadRequest, match="cast column venue of ticks"):
        Encoder().frame([("ticks", coded)])


def test_more_than_a_frame_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_storage.log.frames.LARGEST", 2**20)
    with pytest.raises(BadRequest, match="more than 1048576; append fewer rows"):
        Encoder().frame([("rows", rows(*range(100_000)))])


def test_long_columns_take_less_room_and_come_back_equal() -> None:
    batches = [("few", rows(*range(10))), ("many", rows(*range(10_000)))]
    assert len(stamped(AT, *batches)) < batches[1][1].nbytes * 0.7
    assert [came.equals(sent) for (_, came), (_, sent) in zip(back(batches), batches, strict=True)] == [
        True,
        True,
    ]


def test_columns_that_cannot_be_compressed_stay_as_they_are() -> None:
    noise = pa.record_batch({"x": np.random.default_rng(1).integers(0, 2**63, 2_000)})
    content = stamped(AT, ("noise", noise))
    assert noise.nbytes < len(content) < noise.nbytes + 1_000
    [(_, came)] = back([("noise", noise)])
    assert came.equals(noise)


def test_a_frame_inside_of_another_is_no_frame() -> None:
    inner = frame(AT, 1)
    outer = stamped(AT, ("log", pa.record_batch({"bytes": [inner * 3]})))
    damaged = bytearray(outer + frame(AT._replace(offset=AT.offset + len(outer)), 2))
    damaged[40] ^= 1
    assert outer.count(MAGIC) == 4
    assert [
        (span.start - AT.offset, span.payload is None) for span in spans(memoryview(bytes(damaged)), AT)
    ] == [
        (0, True),
        (len(outer), False),
    ]


def test_a_frame_of_another_segment_is_no_frame() -> None:
    assert list(spans(memoryview(frame(AT, 1)), AT._replace(segment=4))) == []


def test_short_columns_are_used_where_they_lie() -> None:
    content = stamped(AT, ("rows", rows(*range(100))))
    before = pa.total_allocated_bytes()
    [span] = spans(memoryview(content), AT)
    assert span.payload is not None
    [(_, came)] = batches_of(span.payload)
    assert pa.total_allocated_bytes() == before
    assert came["n"].buffers()[1].address % 8 == 0


def log_of(count: int) -> tuple[bytes, list[int]]:
    """A segment in memory, and where each of its frames ends."""
    content, ends = b"", [0]
    for n in range(count):
        content += frame(Position(1, len(content)), n)
        ends.append(len(content))
    return content, ends


def test_any_flipped_bit_of_a_log_loses_its_frame_and_no_other() -> None:
    content, ends = log_of(3)
    bounds = list(pairwise(ends))
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        found = list(spans(memoryview(bytes(flipped)), Position(1, 0)))
        hit = next(i for i, (_, end) in enumerate(bounds) if bit // 8 < end)
        whole = [(span.start, span.end) for span in found if span.payload is not None]
        assert whole == [each for i, each in enumerate(bounds) if i != hit]
        # Nothing tells the last frame, once damaged, from one that is still being written.
        lost = [(span.start, span.end) for span in found if span.payload is None]
        assert lost == bounds[hit : hit + 1][: hit < 2]


RUBBISH = st.lists(st.binary(max_size=50) | st.just(MAGIC)).map(b"".join)


@settings(deadline=None)
@given(RUBBISH, st.integers(0, 3))
def test_any_rubbish_between_frames_is_passed_over_and_none_of_it_given(rubbish: bytes, count: int) -> None:
    content, ends = log_of(3)
    at = ends[count]
    tail = frame(Position(1, at + len(rubbish)), 9)
    found = list(spans(memoryview(content[:at] + rubbish + tail), Position(1, 0)))
    frames = [(span.start, span.end) for span in found if span.payload is not None]
    assert frames == [*pairwise(ends[: count + 1]), (at + len(rubbish), at + len(rubbish) + len(tail))]
    assert [span[:2] for span in found if span.payload is None] == [(at, at + len(rubbish))] * bool(rubbish)


def test_frames_of_the_first_version_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_storage.log.frames._VERSION", 1)
    data = frame(AT, 1, 2, 3)
    monkeypatch.undo()
    [span] = spans(memoryview(data), AT)
    assert span.payload is not None
    assert batches_of(span.payload) == (("rows", rows(1, 2, 3)),)

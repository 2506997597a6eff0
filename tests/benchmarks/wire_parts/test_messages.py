import pytest

from benchmarks.wire_parts import messages

STREAMING = [kind for kind in messages.KINDS if kind != "history"]


def read(data: bytes) -> list[list[bytes]]:
    found = []
    while data:
        size = int.from_bytes(data[:4], "big")
        found.append(data[4 : 4 + size].split(b"\0")[:-1])
        data = data[4 + size :]
    return found


@pytest.mark.parametrize("kind", STREAMING)
@pytest.mark.parametrize("count", [1, 7, 10_000, 10_001, 23_456])
def test_as_many_messages_come_as_were_ordered(kind: str, count: int) -> None:
    assert len(read(b"".join(messages.stream(kind, [5, 6, 7], count)))) == count


@pytest.mark.parametrize("kind", STREAMING)
def test_only_the_last_message_bears_the_mark(kind: str) -> None:
    *others, last = read(b"".join(messages.stream(kind, [5, 6], 12_000)))
    assert b"777.25" in last
    assert not any(b"777.25" in fields for fields in others)
    assert {f"{value:.2f}".removesuffix(".00").encode() for value in messages.MARKS[kind]} <= set(last)


@pytest.mark.parametrize(("server_version", "first", "ids"), [(157, 5, [b"17"]), (200, 3, [b"17", b"108"])])
def test_a_history_has_the_layout_of_its_server_version(
    server_version: int, first: int, ids: list[bytes]
) -> None:
    found = read(messages.history(9, 30, server_version))
    assert [fields[0] for fields in found] == ids
    assert len(found[0]) == first + 30 * 8
    assert [float(value) for value in found[0][-7:-2]] == messages.MARKS["history"]


def test_a_stamp_survives_the_way_through_a_float() -> None:
    stamp = 100 * 86_400 * 1_000_000_000 + 1
    (fields,) = read(messages.stamped(5, stamp))
    assert int(float(fields[4])) == stamp

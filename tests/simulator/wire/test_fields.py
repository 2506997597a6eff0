from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.errors import MalformedRequest
from simulator.wire.fields import FieldReader, message, number, size


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_exactly_and_plainly(value: float) -> None:
    text = number(value)
    assert float(text) == value
    assert "e" not in text
    assert not text.endswith(".")


@given(st.decimals(min_value=0, max_value=10**9, places=4), st.integers(151, 200))
def test_sizes_are_whole_for_clients_before_163(value: Decimal, version: int) -> None:
    text = size(float(value), version)
    assert (Decimal(text) == int(value)) if version < 163 else (float(text) == float(value))


def test_text_is_escaped_for_clients_that_expect_it() -> None:
    assert message(153, "ü€")[4:] == b"\\xfc\\u20ac\0"
    assert message(152, "ü")[4:] == "ü\0".encode()


@pytest.mark.parametrize(
    ("payload", "says"),
    [(b"1", "not ended by NUL"), (b"", "ends before its field 'x'"), (b"abc\0", "'abc', not a whole number")],
)
def test_a_bad_field_is_named(payload: bytes, says: str) -> None:
    with pytest.raises(MalformedRequest, match=says):
        FieldReader(payload, 200).integer("x")


def test_unset_values_are_none() -> None:
    reader = FieldReader(b"\x001.7976931348623157E308\x002147483647\x00", 200)
    assert [reader.number("strike") for _ in range(3)] == [None, None, None]

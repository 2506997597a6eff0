from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.errors import MalformedRequest
from simulator.wire.fields import UNSET_DOUBLE, FieldReader
from simulator.wire.layout import Part, Repeat, Slot, Values, When, double, read_parts, write_parts

LAYOUT: tuple[Part, ...] = (
    Slot("kind"),
    Slot("price", "double", UNSET_DOUBLE),
    Slot("size", "decimal", "0", since=170, until=190),
    When(lambda values: values.text("kind") == "scaled", (Slot("step", "integer", "-1"),)),
    Repeat("legs", (Slot("id", "integer"), Slot("open", "flag"))),
)


def read(text: str, version: int = 180) -> Values:
    reader = FieldReader("".join(f"{field}\0" for field in text.split("|")).encode(), version)
    values = read_parts(reader, LAYOUT)
    assert reader.left == 0
    return values


def test_parts_are_read_by_name() -> None:
    legs = [Values(id=7, open=True), Values(id=8, open=False)]
    assert read("scaled|1.5|100|3|2|7|1|8|0") == Values(
        kind="scaled", price=Decimal("1.5"), size=Decimal(100), step=3, legs=legs
    )


def test_an_unset_field_is_none_and_written_as_told() -> None:
    values = read(f"x|{UNSET_DOUBLE}||0")
    assert (values["price"], values["size"]) == (None, None)
    assert write_parts(LAYOUT, values, 180) == ["x", UNSET_DOUBLE, "0", "0"]
    assert write_parts(LAYOUT, Values(), 180) == ["", UNSET_DOUBLE, "0", "0"]


@pytest.mark.parametrize(("version", "there"), [(169, False), (170, True), (189, True), (190, False)])
def test_a_field_belongs_to_its_versions(version: int, there: bool) -> None:
    values = read("x|1|5|0" if there else "x|1|0", version)
    assert ("size" in values) == there
    assert len(write_parts(LAYOUT, values, version)) == (4 if there else 3)


@pytest.mark.parametrize("text", ["x|much|1|0", "x|nan|1|0", "x|1|1|two"])
def test_what_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(MalformedRequest, match=r"field .(price|legs). is"):
        read(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_written_without_loss(value: float) -> None:
    text = double(Decimal(repr(value)))
    assert float(text) == value
    assert "." in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0.0"),
        ("0.001", "0.001"),
        ("0.00025", "2.5E-4"),
        ("9999999", "9999999.0"),
        ("12345678.5", "1.23456785E7"),
        ("1e7", "1.0E7"),
        ("Infinity", "Infinity"),
    ],
)
def test_doubles_are_printed_as_java_prints_them(value: str, text: str) -> None:
    assert double(Decimal(value)) == text

from decimal import Decimal

import pytest

from ib_api import vendor_values
from ib_api.vendor_values import SIZES, Memo


def test_a_text_is_decoded_once() -> None:
    decoded: list[bytes] = []

    def decode(text: bytes) -> str:
        decoded.append(text)
        return text.decode()

    words = Memo(decode)
    assert [words[b"NASDAQ"], words[b"ARCA"], words[b"NASDAQ"]] == ["NASDAQ", "ARCA", "NASDAQ"]
    assert decoded == [b"NASDAQ", b"ARCA"]


def test_what_has_gathered_is_forgotten_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor_values, "_REMEMBERED", 3)
    numbers = Memo(int)
    assert [numbers[b"%d" % n] for n in range(10)] == list(range(10))
    assert len(numbers) <= 3


def test_what_cannot_be_decoded_is_not_remembered() -> None:
    numbers = Memo(int)
    with pytest.raises(ValueError, match="invalid literal"):
        numbers[b"one"]
    assert not numbers


@pytest.mark.modern
def test_a_size_is_found_again_as_the_library_hands_it_out() -> None:
    assert SIZES[b"0.50"] is SIZES[b"0.50"]
    assert SIZES[b"0.50"] == Decimal("0.50")

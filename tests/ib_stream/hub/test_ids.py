"""An id survives the way to the client and back; anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_stream.hub.ids import EventId

NUMBER = st.integers(0, 10**12 - 1)


@given(
    st.from_regex(r"\A[0-9A-Za-z]{1,32}\Z"),
    NUMBER,
    st.booleans(),
    st.lists(NUMBER, max_size=50).map(tuple),
    st.booleans(),
)
def test_an_id_comes_back_as_it_went(
    epoch: str, n: int, end: bool, skip: tuple[int, ...], timed: bool
) -> None:
    id = EventId(epoch, n, end, skip, timed)
    assert EventId.parse(str(id)) == id


@pytest.mark.parametrize(
    "text", ["", "7", "a1-", "-7", "a1-7-", "a1-x", "a1-7-END", "a1-7~", "a1-7~1..2", "a b-7"]
)
def test_what_no_server_sent_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no id of an event"):
        EventId.parse(text)


def test_digits_of_other_scripts_and_line_ends_are_refused() -> None:
    for text in ("a1-٧", "a1-7\n", "a1-" + "9" * 40):
        with pytest.raises(ValueError, match="no id"):
            EventId.parse(text)

"""A book of marks tells everything that changes, so that whoever took its snapshot goes on from there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charting.marks import MOST, Change, Forecast, Label, MarkBook, MarkBooks, PriceLine, Step
from market.errors import BadRequest
from market.events import Prediction
from market.times import MINUTE


def label(id: str, price: float = 9.5) -> Label:
    return Label(id=id, side="buy", price=price)


LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def prediction(n: int, *path: tuple[float, ...]) -> Prediction:
    at = (7, "SMART", n * MINUTE, 0, "1m", 9, 9, 9, 9, None, "lstm-1")
    return Prediction(*at, levels=LEVELS if path else (), path=path)


@given(st.lists(st.tuples(st.sampled_from(["put", "remove", "clear"]), st.sampled_from("abc")), max_size=30))
def test_a_snapshot_and_all_changes_since_are_the_book(deeds: list[tuple[str, str]]) -> None:
    book, shown = MarkBook(), dict[str, object]()

    def show(change: Change) -> None:
        if change is None:
            shown.clear()
        elif isinstance(change, str):
            del shown[change]
        else:
            shown[change.id] = change

    book.put(label("a"))
    shown.update({each.id: each for each in book.snapshot()})
    book.listen(show)
    for n, (deed, id) in enumerate(deeds):
        book.put(label(id, n)) if deed == "put" else book.remove(id) if deed == "remove" else book.clear()
    assert shown == {each.id: each for each in book.snapshot()}


def test_who_has_stopped_listening_hears_no_more() -> None:
    book, heard = MarkBook(), list[Change]()
    stop = book.listen(heard.append)
    stop()
    book.put(label("a"))
    assert heard == []


def test_the_oldest_marks_give_way() -> None:
    book = MarkBook()
    for n in range(MOST + 2):
        book.put(PriceLine(id=str(n), price=1.0))
    assert [each.id for each in book.snapshot()][:1] == ["2"]
    assert len(book.snapshot()) == MOST


def test_a_side_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadRequest, match="cannot be drawn"):
        MarkBook().put(Label(id="a", side="long", price=1.0))  # type: ignore[arg-type]  # that is the claim


def test_a_forecast_is_one_mark_that_begins_at_the_last_bar_known() -> None:
    books = MarkBooks()
    for top in (9, 5):
        books.predicted(prediction(2, (1, 2, 3, 4, top), (0, 2, 4, 6, 8)))
    (found,) = books.of(7).snapshot()
    assert isinstance(found, Forecast)
    assert found.time == MINUTE
    assert found.steps == (Step(2 * MINUTE, 3, 2, 4, 1, 5), Step(3 * MINUTE, 4, 2, 6, 0, 8))


def test_past_forecasts_are_kept() -> None:
    books = MarkBooks()
    for n in (1, 2):
        books.predicted(prediction(n))
    assert [each.time for each in books.of(7).snapshot()] == [0, MINUTE]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.times import SECOND
from simulator.model.api import QuoteTick
from simulator.model.depth import Book, Side

QUOTE = QuoteTick(1_767_978_000 * SECOND, 150.24, 150.26, 300.0, 200.0)
MAKERS = ("NASDAQ", "ARCA", "BATS")


def book(*makers: str) -> Book:
    return Book(265598, 0.01, lot=100.0, makers=makers)


@pytest.mark.parametrize(("side", "price", "size"), [("bid", 150.24, 300.0), ("ask", 150.26, 200.0)])
def test_the_best_row_is_the_quote(side: Side, price: float, size: float) -> None:
    first = book(*MAKERS).rows(side, QUOTE, 20)[0]
    assert (first.price, first.size) == (price, size)


@given(
    steps=st.integers(1, 100_000),
    spread=st.integers(1, 50),
    moment=st.integers(0, 10**9),
    depth=st.integers(0, 60),
    makers=st.sampled_from([(), MAKERS]),
)
def test_rows_are_in_order_distinct_and_on_the_tick(
    steps: int, spread: int, moment: int, depth: int, makers: tuple[str, ...]
) -> None:
    quote = QuoteTick(moment * SECOND, steps / 100, (steps + spread) / 100, 300.0, 200.0)
    bids, asks = (book(*makers).rows(side, quote, depth) for side in ("bid", "ask"))
    assert len(asks) == depth >= len(bids)
    assert [row.price for row in bids] == sorted((row.price for row in bids), reverse=True)
    assert [row.price for row in asks] == sorted(row.price for row in asks)
    for rows in (bids, asks):
        assert len({(row.price, row.maker) for row in rows}) == len(rows)
        assert all(row.price > 0 and row.size > 0 and row.price == round(row.price, 2) for row in rows)


def test_a_side_that_is_not_quoted_is_empty() -> None:
    nothing = QuoteTick(0, -1.0, 150.26, 0.0, 200.0)
    assert book().rows("bid", nothing, 5) == ()
    assert len(book().rows("ask", nothing, 5)) == 5


def test_what_stands_behind_the_best_stays_when_the_quote_moves() -> None:
    moved = QuoteTick(QUOTE.time, 150.20, 150.26, 300.0, 200.0)
    before, after = book().rows("bid", QUOTE, 20), book().rows("bid", moved, 20)
    behind = [row for row in before if row.price < moved.bid]
    assert len(behind) > 5
    assert behind == list(after[1 : 1 + len(behind)])


def test_sizes_change_a_few_at_a_time() -> None:
    later = QuoteTick(QUOTE.time + 2 * SECOND, 150.24, 150.26, 300.0, 200.0)
    before, after = book().rows("bid", QUOTE, 40), book().rows("bid", later, 40)
    changed = sum(old != new for old, new in zip(before, after, strict=True))
    assert 0 < changed < 20

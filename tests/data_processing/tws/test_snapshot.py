import pytest

from data_processing.tws.snapshot import PRICE_PREF, checked, snapshot_of
from market.errors import BadRequest
from market.events import DataType, Quote, Trade
from tests.fakes import quote, trade

BOTH, NO_BID = quote(1, 10.0, 10.2), quote(1, None, 10.2)
PRINT = trade(0, 10.15)


@pytest.mark.parametrize(
    ("seen", "printed", "preference", "price", "kind"),
    [
        (BOTH, PRINT, PRICE_PREF, 10.1, "mid"),
        (BOTH, PRINT, ("last", "mid"), 10.15, "last"),
        (NO_BID, PRINT, PRICE_PREF, 10.15, "last"),
        (NO_BID, None, PRICE_PREF, 10.2, "ask"),
        (BOTH, None, ("bid",), 10.0, "bid"),
        (NO_BID, None, ("bid", "mid"), None, None),
    ],
)
def test_the_price_is_the_first_preferred_one_that_there_is(
    seen: Quote, printed: Trade | None, preference: tuple[str, ...], price: float, kind: str
) -> None:
    found = snapshot_of(seen, printed, preference)
    assert (found.price, found.kind) == (pytest.approx(price) if price else None, kind)


def test_a_price_of_zero_or_below_is_a_price() -> None:
    assert snapshot_of(quote(1, -0.1, 0.1), None, PRICE_PREF).price == 0.0


def test_it_is_as_new_and_as_fresh_as_the_newer_of_both() -> None:
    delayed = trade(5, 10, data_type=DataType.DELAYED)
    found = snapshot_of(BOTH, delayed, PRICE_PREF)
    assert (found.time, found.data_type) == (delayed.time, DataType.DELAYED)


@pytest.mark.parametrize("wrong", [(), ("close",), ("mid", "Last")])
def test_a_preference_for_what_does_not_exist_is_refused(wrong: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest, match="mid, last, bid, ask"):
        checked(wrong)

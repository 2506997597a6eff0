import json
from decimal import Decimal

import pytest
from msgspec.structs import replace

from ib_stream.wire import Book, account_line, bar_line, error_line, gap_line, info_line, public, status_line
from market.events import (
    AccountValue,
    ConnectionChanged,
    Depth,
    Execution,
    OrderUpdate,
    PositionUpdate,
    Problem,
    ProfitUpdate,
)
from market.times import SECOND
from tests.fakes import T0, bar


def depth(operation: str, position: int = 0, price: float = 0.0, side: str = "bid") -> Depth:
    return Depth(1, "SMART", T0, T0 + 5, position, operation, side, price, 1.0)  # type: ignore[arg-type]


def test_a_bar_says_whether_it_is_over_and_who_made_it() -> None:
    data = json.loads(bar_line(bar(1, 10.5, final=False, source="live")))["data"]
    assert (data["size"], data["unix_time"], data["close"]) == ("1m", T0 // SECOND + 60, 10.5)
    assert (data["final"], data["source"], data["data_type"]) == (False, "live", "LIVE")


def test_a_book_is_sent_whole_with_its_changes_applied() -> None:
    book = Book()
    changes = [
        ("insert", 0, 9.0),
        ("insert", 0, 9.5),
        ("insert", 2, 8.0),
        ("update", 1, 9.1),
        ("delete", 2, 0.0),
    ]
    for operation, position, price in changes:
        book.apply(depth(operation, position, price))
    book.apply(depth("insert", 0, 10.0, "ask"))
    data = json.loads(book.line())["data"]
    assert [each["price"] for each in data["bids"]] == [9.5, 9.1]
    assert [each["price"] for each in data["asks"]] == [10.0]


def test_a_cleared_book_is_empty_and_one_without_changes_has_no_form() -> None:
    book = Book()
    with pytest.raises(ValueError, match="no changes"):
        book.message()
    book.apply(depth("insert", 0, 9.0))
    book.apply(depth("clear"))
    assert book.message()["data"]["bids"] == []


def test_a_book_says_since_when_it_goes_on_without_a_break() -> None:
    book, seen = Book(), []
    for after, operation in enumerate(("insert", "update", "clear", "insert")):
        book.apply(replace(depth(operation), received=T0 + after * SECOND))
        seen.append(book.message()["data"]["since"])
    start, reset = "2026-01-05T14:30:00.000Z", "2026-01-05T14:30:02.000Z"
    assert seen == [start, start, reset, reset]


def test_quantities_are_numbers_and_nothing_of_an_order_is_left_out() -> None:
    order = OrderUpdate(7, 8, 9, 1, "DU1", "Filled", Decimal("1.5"), Decimal(0), 9.5, T0, T0, "ref", "why")
    message = json.loads(account_line(order))
    assert (message["type"], message["contract_id"]) == ("order", 1)
    assert set(order.__struct_fields__) - set(message["data"]) == {"contract_id", "time", "received"}
    assert message["data"]["filled"] == 1.5


def test_every_event_of_an_account_has_a_type_of_its_own() -> None:
    fill = Execution("e", 7, 8, 1, "ISLAND", "DU1", "BUY", Decimal(1), 9.5, T0, T0)
    position = PositionUpdate("DU1", 1, "AAPL", Decimal(3), 9.5, T0)
    value, profit = AccountValue("DU1", "Cash", "1", "USD", T0), ProfitUpdate("DU1", 0, 1.0, None, 0.0, T0)
    types = [json.loads(account_line(each))["type"] for each in (fill, position, value, profit)]
    assert types == ["fill", "position", "value", "profit"]
    assert "contract_id" not in json.loads(account_line(profit))


def test_a_gap_has_its_bounds_and_an_error_is_an_object() -> None:
    gap = json.loads(gap_line("tick:1:Last", T0, T0 + SECOND, "why", T0, 1))
    assert (gap["from"], gap["to"]) == ("2026-01-05T14:30:00Z", "2026-01-05T14:30:01Z")
    error = json.loads(error_line("tick:1:Last", "STREAM_ENDED", "it is over", "ask again", T0))
    assert error["error"] == {"code": "STREAM_ENDED", "message": "it is over", "details": "ask again"}


def test_texts_tell_no_account_and_no_path() -> None:
    problem = Problem(0, "cannot write /home/me/store/x.log of DU1234567", "error", T0)
    text = json.loads(status_line(problem))["data"]["message"]
    assert text == "cannot write (a path) of (an account)"
    assert public("connected as DUSIMC7H24, DUSIMR0A1B2C3D") == "connected as (an account), (an account)"
    assert public("AAPL/STK of 2026/01/05 at U.S. prices") == "AAPL/STK of 2026/01/05 at U.S. prices"


def test_an_info_carries_what_belongs_to_its_code() -> None:
    message = json.loads(info_line("status", "resumed", "it comes again", T0, more={"from": "a"}))
    assert (message["code"], message["from"]) == ("resumed", "a")
    change = ConnectionChanged("ready", "connected as DU1234567", T0)
    assert json.loads(status_line(change))["data"] == {
        "state": "ready",
        "reason": "connected as (an account)",
    }

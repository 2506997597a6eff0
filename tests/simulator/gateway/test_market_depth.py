"""Books as clients build them, out of nothing but the messages."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.times import parse
from simulator.gateway.depth_flow import changes
from simulator.model.depth import Row
from simulator.model.factory import generated
from simulator.wire.depth_messages import DELETE, INSERT
from tests.simulator.fake_model import FRIDAY_NOON
from tests.simulator.gateway.raw_client import AAPL, ES, EURUSD, LATE, Fields, RawClient

SATURDAY = parse("2026-01-10T12:00")
ISLAND = (265598, "", "", "", "0.0", "", "", "ISLAND", "", "", "", "")
OPTION = (711280067, "", "", "", "0.0", "", "", "SMART", "", "", "", "")
Level = tuple[float, str, str]


class ClientBook:
    """A client's book: positions are all it goes by."""

    def __init__(self, most: int) -> None:
        self.sides: dict[str, list[Level]] = {"0": [], "1": []}
        self._most = most

    def apply(self, messages: Iterable[Fields]) -> None:
        for kind, _, _, position, *rest in messages:
            maker = rest.pop(0) if kind == "13" else ""
            operation, side, price, size = rest[:4]
            rows, at = self.sides[side], int(position)
            if operation == "0":
                rows.insert(at, (float(price), maker, size))
            elif operation == "1":
                assert rows[at][:2] == (float(price), maker)
                rows[at] = (float(price), maker, size)
            else:
                del rows[at]
            assert len(rows) <= self._most

    @property
    def best(self) -> tuple[float, float]:
        return self.sides["1"][0][0], self.sides["0"][0][0]


def depth(
    client: RawClient, request_id: int, contract: tuple[object, ...], rows: int = 10, smart: int = 0
) -> list[Fields]:
    return client.ask(10, 5, request_id, *contract, rows, smart, "")


def codes(answer: list[Fields]) -> list[str]:
    return [fields[2] for fields in answer if fields[0] == "4"]


rows = st.lists(
    st.builds(Row, st.integers(1, 12).map(float), st.integers(1, 3).map(float), st.sampled_from("AB")),
    max_size=8,
    unique_by=lambda row: (row.price, row.maker),
).map(lambda found: sorted(found, key=lambda row: (row.price, row.maker)))


@given(before=rows, after=rows)
def test_changes_lead_from_any_side_to_any_other(before: Sequence[Row], after: Sequence[Row]) -> None:
    book = list(before)
    for position, operation, row in changes(before, after):
        if operation == DELETE:
            assert (book[position].price, book[position].maker) == (row.price, row.maker)
            del book[position]
        elif operation == INSERT:
            book.insert(position, row)
        else:
            book[position] = row
        assert len(book) <= max(len(before), len(after))
    assert book == list(after)


@pytest.mark.parametrize(("contract", "smart", "kind"), [(AAPL, 1, "13"), (ISLAND, 0, "13"), (ES, 0, "12")])
def test_a_book_starts_whole_and_says_who_stands_there(
    contract: tuple[object, ...], smart: int, kind: str
) -> None:
    answer = depth(RawClient(), 5, contract, 5, smart)
    assert {fields[0] for fields in answer} == {kind}
    assert len(answer) == 10
    operations = {fields[5 if kind == "13" else 4] for fields in answer}
    assert operations == {str(INSERT)}
    if kind == "13":
        assert {fields[-1] for fields in answer} == {str(smart)}


@settings(max_examples=15, deadline=None)
@given(start=st.integers(0, 3_600), steps=st.lists(st.integers(1, 40), max_size=8), smart=st.booleans())
def test_a_client_that_applies_every_change_has_the_true_book(
    start: int, steps: list[int], smart: bool
) -> None:
    client = RawClient(clock=DrivenClock(FRIDAY_NOON + start * 10**9))
    followed, contract = ClientBook(7), AAPL if smart else ES
    followed.apply(depth(client, 5, contract, 7, int(smart)))
    for seconds in steps:
        followed.apply(client.wait(seconds))
    # Quotes come at even seconds; between them a client that asks now gets the same book.
    followed.apply(client.wait(0.5))
    fresh = ClientBook(7)
    second = RawClient(client_id=2, clock=client.clock, services=client.services)
    fresh.apply(depth(second, 1, contract, 7, int(smart)))
    assert followed.sides == fresh.sides


def test_the_top_of_the_book_is_the_quote() -> None:
    client, book = RawClient(), ClientBook(3)
    book.apply(depth(client, 5, ES, 3))
    client.ask(1, 11, 6, *ES, 0, "", 0, 0, "")
    for _ in range(10):
        got = client.wait(2)
        book.apply(fields for fields in got if fields[0] == "12")
        for price, side in (("1", 0), ("2", 1)):
            told = [float(f[4]) for f in got if f[0] == "1" and f[3] == price]
            assert not told or book.best[side] == told[-1]


@pytest.mark.parametrize(
    ("contract", "smart"), [(AAPL, 0), (ISLAND, 1), (ES, 1), (LATE, 1)], ids=("plain", "own", "ES", "late")
)
def test_what_has_no_book_is_refused(contract: tuple[object, ...], smart: int) -> None:
    assert codes(depth(RawClient(), 5, contract, smart=smart)) == ["10092"]


def test_options_have_no_book() -> None:
    client = RawClient(clock=DrivenClock(parse("2026-11-20T16:00")), model=generated(1, "consistent", False))
    assert codes(depth(client, 5, OPTION, smart=1)) == ["10092"]


def test_a_shut_market_has_an_empty_book_until_it_opens() -> None:
    client = RawClient(clock=DrivenClock(SATURDAY))
    assert depth(client, 5, EURUSD) == []
    book = ClientBook(10)
    book.apply(client.wait(46 * 3600))
    assert book.best[0] < book.best[1]


def test_a_halt_ends_a_book_and_refuses_new_ones() -> None:
    client = RawClient()
    depth(client, 5, ES)
    client.services.trouble.halted.add(495512563)
    client.services.flows.refresh()
    assert codes(client.take()) == ["316"]
    assert client.wait(60) == []
    assert codes(client.ask(11, 1, 5, 0)) == ["310"]
    assert codes(depth(client, 6, ES)) == ["316"]
    client.services.trouble.halted.discard(495512563)
    assert codes(depth(client, 6, ES)) == []


def test_a_reset_begins_the_book_anew() -> None:
    client = RawClient()
    before = depth(client, 5, ES)
    client.wait(1)
    client.services.flows.reset_depth(495512563)
    error, *after = client.take()
    assert (error[1], error[2]) == ("5", "317")
    assert len(after) == len(before)
    assert {fields[4] for fields in after} == {str(INSERT)}


def test_a_stalled_book_is_silent_and_true_again_afterwards() -> None:
    client, book = RawClient(), ClientBook(10)
    book.apply(depth(client, 5, ES))
    client.services.trouble.stalled.add(495512563)
    assert client.wait(30) == []
    client.services.trouble.stalled.discard(495512563)
    book.apply(client.wait(30))
    fresh = ClientBook(10)
    second = RawClient(client_id=2, clock=client.clock, services=client.services)
    fresh.apply(depth(second, 1, ES))
    assert book.best == fresh.best


def test_a_cancelled_book_is_silent() -> None:
    client = RawClient()
    depth(client, 5, ES)
    assert client.ask(11, 1, 5, 0) == []
    assert client.wait(60) == []


def test_the_exchanges_with_depth_are_those_that_give_it() -> None:
    client = RawClient()
    ((kind, count, *fields),) = client.ask(82)
    names = {tuple(fields[at : at + 2]) for at in range(0, len(fields), 5)}
    assert (kind, len(names)) == ("80", int(count))
    assert {("NASDAQ", "STK"), ("CME", "FUT"), ("IDEALPRO", "CASH")} <= names

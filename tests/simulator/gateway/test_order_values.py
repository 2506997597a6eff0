"""Orders as our gateway has them, written as a live TWS wrote its own."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from market.times import parse
from simulator.exchange.api import Commission, Fill, MarginPreview, Order, Ticket
from simulator.gateway import order_values
from simulator.wire import order_messages
from simulator.wire.layout import Values
from tests.simulator.fake_model import EURUSD, LISTINGS

SHARED = Path(__file__).parents[4] / "shared" / "wire"
recorded = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")
AAPL = LISTINGS[0]
SAID = Values(exchange="SMART", display_size=0, oca_type=0, clearing_intent="", transmit=True, what_if=False)


def raw(identity: str) -> str:
    """One recorded message."""
    for name in ("mixed.jsonl", "session_sv176.jsonl"):
        for line in (SHARED / name).read_text().splitlines():
            entry = json.loads(line)
            if entry["id"] == identity:
                return str(entry["raw"])
    raise LookupError(identity)


def order(listing: Any = AAPL, **changes: Any) -> Order:
    ticket: dict[str, Any] = {
        "client_id": 100, "order_id": 5, "account": "DU1234567", "listing": listing, "action": "BUY",
        "quantity": Decimal(100), "kind": "MKT",
    }  # fmt: skip
    ticket |= {name: changes.pop(name) for name in list(changes) if name in Ticket.__struct_fields__}
    return Order(ticket=Ticket(**ticket), perm_id=600745656, status="PreSubmitted", placed=0, **changes)


def text(frame: bytes) -> str:
    return frame[4:].decode()


@recorded
@pytest.mark.parametrize(
    ("identity", "status"), [("rust-ibapi-0165", "PreSubmitted"), ("rust-ibapi-0168", "Filled")]
)
def test_a_market_order(identity: str, status: Any) -> None:
    values = order_values.open_order(msgspec.structs.replace(order(), status=status), SAID)
    # The route's own settings, which other recordings lack.
    values |= {"minimum_compete_size": 100, "compete_against_best_offset": Decimal("0.02")}
    assert text(order_messages.open_order(176, values)) == raw(identity)


@recorded
@pytest.mark.parametrize(("identity", "filled"), [("rust-ibapi-0166", 0), ("rust-ibapi-0169", 100)])
def test_its_state(identity: str, filled: int) -> None:
    price = Decimal("201.94") if filled else Decimal(0)
    state = order(filled=Decimal(filled), average_price=price, last_price=price)
    if filled:
        state = msgspec.structs.replace(state, status="Filled")
    assert text(order_messages.order_status(176, order_values.status(state, None))) == raw(identity)


@recorded
def test_its_execution() -> None:
    done = order(filled=Decimal(100), average_price=Decimal("201.94"))
    fill = Fill(
        exec_id="0000e0d5.67fe667b.01.01", time=parse("2025-04-15T23:38:31"), order=done,
        quantity=Decimal(100), price=Decimal("201.94"), venue="IEX",
    )  # fmt: skip
    # The version of that recording is unknown; its time has no zone, as before 174.
    values = order_values.execution(fill, -1, 173)
    assert text(order_messages.execution(173, values)) == raw("rust-ibapi-0167")


@recorded
def test_its_commission() -> None:
    report = Commission(exec_id="00025b46.63f8f39c.01.01", amount=Decimal(1), currency="USD", realised=None)
    ours = text(order_messages.commission(164, order_values.commission(report)))
    assert ours + "\0" == raw("rust-ibapi-0125")


@recorded
def test_a_preview() -> None:
    """But for the commission, of which TWS gave only bounds, and its account of another currency."""
    said = Values(SAID, exchange="IDEALPRO", what_if=True)
    listing = next(each for each in LISTINGS if each.instrument == EURUSD)
    asked = msgspec.structs.replace(
        order(listing, client_id=0, order_id=219, account="DU0000001"), perm_id=665616366
    )
    zero, change, fee = Decimal(0), Decimal("2.61"), Decimal("1.5")
    margin = MarginPreview(
        initial=(zero, change, change), maintenance=(zero, change, change), commission=fee,
        equity=(Decimal("1038472.36"), Decimal("-2.059999999939464"), Decimal("1038470.3")),
        commission_currency="GBP",
    )  # fmt: skip
    ours = text(order_messages.open_order(176, order_values.preview(asked, said, margin)))
    theirs = raw("ib_insync-0327").replace("\0\x001.64424\x002.0553\0GBP", "\x001.5\x001.5\x001.5\0GBP")
    assert ours == theirs


def test_a_limit_order_names_its_limit_and_one_as_its_stop() -> None:
    values = order_values.open_order(order(kind="LMT", limit=Decimal("14.59")), SAID)
    assert values["start_stop"] == Decimal("15.59")


def test_a_trailing_order_names_where_its_stop_stands() -> None:
    trailing = order(kind="TRAIL", trail_percent=Decimal(1), stop=None)
    moved = msgspec.structs.replace(trailing, stop=Decimal("148.5"))
    values = order_values.open_order(moved, SAID)
    assert (values["start_stop"], values["trail_percent"], values["stop"]) == (Decimal("148.5"), 1, None)


@pytest.mark.parametrize(
    ("kind", "parent_filled", "status", "why"),
    [
        ("LMT", None, "PreSubmitted", ""),
        ("STP", None, "PreSubmitted", "trigger"),
        ("LMT", 0, "PreSubmitted", "child"),
        ("STP", 0, "PreSubmitted", "child,trigger"),
        ("STP", 100, "PreSubmitted", "trigger"),
        ("STP", 0, "Submitted", ""),
    ],
)
def test_what_a_waiting_order_waits_for(kind: Any, parent_filled: int | None, status: Any, why: str) -> None:
    parent = None if parent_filled is None else order(filled=Decimal(parent_filled))
    child = msgspec.structs.replace(order(kind=kind), status=status)
    assert order_values.status(child, parent)["why_held"] == why


def test_an_average_of_thirds_ends() -> None:
    state = order(filled=Decimal(3), average_price=Decimal(451) / 3)
    assert order_values.status(state, None)["average_price"] == Decimal("150.33333333333334")

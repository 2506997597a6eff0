"""From what a client says of an order to a ticket for the exchange; what makes no sense is refused here."""

from decimal import Decimal
from typing import TYPE_CHECKING, cast, get_args

from simulator.exchange.api import Action, Kind, Ticket, Tif
from simulator.gateway import refusals
from simulator.gateway.dates import parse_moment
from simulator.refused import Refused
from simulator.wire.layout import Values
from simulator.wire.order_requests import PlaceOrderRequest

if TYPE_CHECKING:
    from simulator.gateway.services import Services

_LIMITED: tuple[Kind, ...] = ("LMT", "STP LMT", "TRAIL LIMIT", "LOC", "LIT")
_STOPPED: tuple[Kind, ...] = ("STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT")
_TRAILED: tuple[Kind, ...] = ("TRAIL", "TRAIL LIMIT")

# IB's other order types, times in force and actions: known, and not simulated.
_OTHER_KINDS = (
    "BOX TOP", "MIDPRICE", "MKT PRT", "MTL", "PASSV REL", "PEG BENCH", "PEG BEST", "PEG MID", "PEG MKT",
    "PEG PRI", "PEG STK", "REL", "SNAP MID", "SNAP MKT", "SNAP PRIM", "STP PRT", "VOL",
)  # fmt: skip
_OTHER_TIFS = ("AUC", "DTC", "GTX", "OPG")
_OTHER_ACTIONS = ("SSHORT", "SLONG", "SSHORTX")

# An order that had one of these and traded without would do what its owner never wanted.
_BEYOND = {
    "conditions": "A conditional order",
    "algo_strategy": "An IB algorithm",
    "good_after": "A good-after time",
    "all_or_none": "All-or-none",
    "minimum_quantity": "A minimum quantity",
    "hedge_type": "A hedge order",
    "scale_price_increment": "A scale order",
    "adjusted_order_type": "An adjustable stop",
    "cash_quantity": "An order by cash quantity",
    "discretionary_amount": "A discretionary amount",
    "delta_neutral_order_type": "A delta-neutral order",
}


def read_ticket(request: PlaceOrderRequest, client_id: int, services: "Services") -> Ticket:
    """The order that `request` means; raises `Refused` with 321, 200 or 343."""
    terms = request.terms
    kind, tif = _kind(terms), _tif(terms)
    if not request.query.exchange:
        raise refusals.invalid("Missing order exchange.")  # recorded
    listing = services.universe.resolve(request.query)
    if terms.text("account") not in ("", services.account):
        raise refusals.invalid(f"Invalid account code '{terms.text('account')}'.")
    _check_simulated(terms)
    return Ticket(
        client_id=client_id,
        order_id=request.request_id,
        account=services.account,
        listing=listing,
        action=_action(terms),
        quantity=terms.decimal("quantity") or Decimal(0),
        kind=kind,
        limit=_price(terms, "limit", kind in _LIMITED),
        stop=_price(terms, "stop", kind in _STOPPED) or None,
        trail_percent=_price(terms, "trail_percent", kind in _TRAILED) or None,
        trail_stop=_price(terms, "trail_stop", kind in _TRAILED) or None,
        limit_offset=_price(terms, "limit_offset", kind == "TRAIL LIMIT"),
        tif=tif,
        good_till=_good_till(terms) if tif == "GTD" else None,
        outside_rth=terms.flag("outside_rth"),
        parent_id=terms.integer("parent_id"),
        oca_group=terms.text("oca_group"),
        oca_type=terms.integer("oca_type"),
        transmit=terms.flag("transmit"),
        order_ref=terms.text("order_ref"),
    )


def _invalid(cause: str) -> Refused:
    # Recorded for the order type; the other texts are modelled on it.
    return Refused(321, f"Error validating request.-'bF' : cause - {cause}")


def _kind(terms: Values) -> Kind:
    kind = terms.text("order_type").upper()
    if kind in _OTHER_KINDS:
        raise refusals.not_simulated(f"Order type {kind}")
    if kind not in get_args(Kind):
        raise _invalid("Invalid order type was entered")
    return cast("Kind", kind)


def _tif(terms: Values) -> Tif:
    tif = terms.text("tif").upper() or "DAY"
    if tif in _OTHER_TIFS:
        raise refusals.not_simulated(f"Time in force {tif}")
    if tif not in get_args(Tif):
        raise _invalid("Invalid time in force was entered")
    return cast("Tif", tif)


def _action(terms: Values) -> Action:
    action = terms.text("action").upper()
    if action in _OTHER_ACTIONS:
        raise refusals.not_simulated(f"Action {action}")
    if action not in get_args(Action):
        raise _invalid("Invalid side was entered")
    return cast("Action", action)


def _check_simulated(terms: Values) -> None:
    for name, what in _BEYOND.items():
        if terms.get(name) not in (None, "", "None", 0, False, []):
            raise refusals.not_simulated(what)


def _price(terms: Values, name: str, used: bool) -> Decimal | None:
    value = terms.decimal(name) if used else None
    if value is not None and not value.is_finite():
        raise _invalid(f"Invalid {name.replace('_', ' ')} was entered")
    return value


def _good_till(terms: Values) -> int:
    try:
        return parse_moment(terms.text("good_till"))
    except Refused:
        raise Refused(343, "The date, time, or time-zone entered is invalid.") from None

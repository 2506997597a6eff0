"""Order scenarios told in one line each, played over the wire, and what the client saw in one line.

A scenario is a list of steps, ``second verb words``, in seconds after Friday noon in New York::

    quote BID ASK [BIDSIZE ASKSIZE]      the best bid and offer of AAPL from then on
    trade PRICE [SIZE]                   a print of AAPL
    place ID SIDE QUANTITY KIND [LIMIT] [name=value ...]     a new order, or a change of one (spaces are _)
    cancel ID, cancel_all, open, all     requests; the end of an answer is not shown
    halt, resume                         trading in AAPL
    wait                                 nothing

Unless the first step is at second 0, the market opens there at 149.98 to 150.02, 300 shares each.

What the client saw is a row of words: ``O`` openOrder, ``S`` orderStatus, ``X`` execution, ``C`` commission,
``E`` error. States are cut to three letters, what is filled follows in brackets unless it is all or nothing,
and orders other than 1 are named by their id: ``O.Pre S.Sub(40) 2S.Fil X.100@150.02 C E202``.
"""

from decimal import Decimal

from simulator.gateway.options import GatewayOptions
from simulator.wire.fields import FieldReader
from simulator.wire.layout import Part, Value, Values, read_parts, write_parts
from simulator.wire.order_layouts import COMMISSION, EXECUTION, OPEN_ORDER, ORDER_STATUS
from simulator.wire.placed_layout import PLACE_ORDER
from tests.simulator.gateway.raw_client import Fields, RawClient
from tests.simulator.scripted_model import AAPL, NOON, ScriptedModel

VERSION = 200
SECOND = 1_000_000_000
AAPL_ID = AAPL.instrument.contract_id
_TELLING = {3: ORDER_STATUS, 5: OPEN_ORDER, 11: EXECUTION, 59: COMMISSION}
_ENDS = {53, 55, 102}
OPENING = "0 quote 149.98 150.02"


def terms(text: str) -> Values:
    """What ``ID SIDE QUANTITY KIND [LIMIT] [name=value ...]`` says."""
    number, action, quantity, kind, *rest = text.split()
    said = Values(
        order_id=int(number), action=action, quantity=Decimal(quantity), order_type=kind.replace("_", " "),
        contract_id=AAPL_ID, exchange="SMART", transmit=True, tif="DAY",
    )  # fmt: skip
    for word in rest:
        name, _, value = word.rpartition("=")
        said[name or "limit"] = _value(name, value)
    return said


def _value(name: str, text: str) -> Value:
    if name in ("tif", "oca_group", "good_till", "order_ref", "exchange", "account", "algo_strategy"):
        return text.replace("_", " ")
    if name in ("transmit", "outside_rth", "what_if", "all_or_none"):
        return text == "1"
    return int(text) if name in ("parent_id", "oca_type", "contract_id") else Decimal(text)


def order_fields(text: str, version: int = VERSION) -> list[str]:
    """The request that places the order."""
    return ["3", *write_parts(PLACE_ORDER, terms(text), version)]


def decoded(fields: Fields, version: int = VERSION) -> Values:
    """A message about orders by the names of its layout."""
    layout: tuple[Part, ...] = _TELLING[int(fields[0])]
    return read_parts(FieldReader("".join(f"{f}\0" for f in fields[1:]).encode(), version), layout)


def word(fields: Fields) -> str:
    """One message as one word."""
    kind = int(fields[0])
    if kind == 4:
        return _named(int(fields[1]), f"E{fields[2]}")
    values = decoded(fields)
    if kind == 11:
        price, quantity = values.decimal("price"), values.decimal("quantity")
        return _named(values.integer("order_id"), f"X.{quantity}@{price}")
    if kind == 59:
        return "C"
    filled = values.decimal("filled") or Decimal(0)
    part = f"({filled})" if filled and values.decimal("remaining") else ""
    name = f"{'O' if kind == 5 else 'S'}.{values.text('status')[:3]}{part}"
    return _named(values.integer("order_id"), name)


def _named(order_id: int, name: str) -> str:
    return name if order_id == 1 else f"{order_id}{name}"


def words(messages: list[Fields]) -> str:
    """Everything received, in a row."""
    return " ".join(word(fields) for fields in messages if int(fields[0]) not in _ENDS)


class Scene:
    """A market that follows a script and one client in it."""

    def __init__(self, options: GatewayOptions | None = None, client_id: int = 1) -> None:
        self.model = ScriptedModel()
        self.client = RawClient(model=self.model, options=options, client_id=client_id)

    def play(self, scenario: str) -> str:
        """Take the steps, wait ten seconds more and tell what the client saw."""
        return words(self.record(scenario))

    def record(self, scenario: str) -> list[Fields]:
        """The same, and give the messages themselves."""
        seen: list[Fields] = []
        steps = [step.split() for step in scenario.split(";")]
        opening = [] if steps[0][0] == "0" else [OPENING.split()]
        plan = [(float(when), verb, rest) for when, verb, *rest in opening + steps]
        for when, verb, rest in plan:
            self._script(when, verb, rest)
        for when, verb, rest in plan:
            self.client.clock.advance_to(max(self.client.clock.now(), NOON + round(when * SECOND)))
            seen += self.client.take() + self._act(verb, rest)
        return seen + self.client.wait(10)

    def _script(self, when: float, verb: str, rest: list[str]) -> None:
        numbers = [float(text) for text in rest] if verb in ("quote", "trade") else []
        if verb == "quote":
            bid, ask, bid_size, ask_size = (*numbers, 300.0, 300.0)[:4]
            self.model.quote(when, bid, ask, bid_size, ask_size)
        elif verb == "trade":
            price, size = (*numbers, 100.0)[:2]
            self.model.trade(when, price, size)

    def _act(self, verb: str, rest: list[str]) -> list[Fields]:
        halted = self.client.services.trouble.halted
        if verb == "place":
            return self.client.ask(*order_fields(" ".join(rest)))
        if verb == "cancel":
            return self.client.ask(4, rest[0], "", "", "")
        if verb in ("cancel_all", "open", "all"):
            return self.client.ask({"cancel_all": 58, "open": 5, "all": 16}[verb], 1, "")
        if verb == "halt":
            halted.add(AAPL_ID)
        elif verb == "resume":
            halted.discard(AAPL_ID)
        return []

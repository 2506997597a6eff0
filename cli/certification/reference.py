"""The simulated gateway under the circumstances that the other one was found in, asked the same."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Literal

from cli.certification.interview import Interview, Target
from cli.certification.layouts import named
from cli.certification.questions import CONTRACTS
from cli.certification.tape import Line, Tape
from cli.certification.transcript import Transcript
from market.clock import AcceleratedClock
from market.times import to_datetime
from simulator.faults.fault import applied
from simulator.faults.market import Unentitled
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from simulator.wire.versions import NEWEST, OLDEST

SPEED = 10.0
"""Times as fast as real time: three minutes pass in eighteen seconds."""

_NOT_EVEN_DELAYED = ("354", "10168", "10186")
_DELAYED = ("3", "4")
_READ_ONLY = "321"
_FIRST_MINUTE = 60


def interviewed(other: Transcript, start: int, seconds: float, timeout: float) -> Transcript:
    """Ask the simulated gateway at the moment (UTC nanoseconds) at which the other one was asked."""
    tape = Tape()
    clock = AcceleratedClock(start, SPEED)
    market = generated(seed=1, feed="tws", always_open=other.account.endswith("-24h"))
    options = GatewayOptions(
        feed="tws",
        read_only=refused_orders(other),
        server_version=min(max(other.version, OLDEST), NEWEST),
    )
    with run_in_thread(market, clock, options) as gateway, ExitStack() as entitlements:
        instruments = [each.instrument for each in market.listings]
        contract_ids = {each.ticker.replace(".", ""): each.contract_id for each in instruments}
        for symbol in CONTRACTS:
            may = entitlement(other, symbol)
            if may != "live":
                fault = Unentitled(str(contract_ids[symbol]), may)
                entitlements.enter_context(applied(gateway, fault))
        target = Target("127.0.0.1", gateway.port, 1, timeout, seconds, SPEED)
        Interview(target, tape, to_datetime(start)).run()
    return Transcript.of(tape)


def entitlement(other: Transcript, symbol: str) -> Literal["live", "delayed", "none"]:
    """What the account may see of a contract, by its market-data line."""
    answers = [line for line in other.lines if not line.sent and line.question == f"line of {symbol}"]
    if any(_value(line, 4, "code", other.version) in _NOT_EVEN_DELAYED for line in answers):
        return "none"
    delayed = any(_value(line, 58, "type", other.version) in _DELAYED for line in answers)
    return "delayed" if delayed else "live"


def refused_orders(other: Transcript) -> bool:
    """Whether the gateway is set to read-only, which refuses the question for open orders too."""
    refusals: Iterable[Line] = (line for line in other.lines if line.kind == 4 and not line.sent)
    return any(
        _value(line, 4, "code", other.version) == _READ_ONLY and "read-only" in "|".join(line.fields).lower()
        for line in refusals
    )


def _value(line: Line, kind: int, name: str, version: int) -> str:
    return dict(named(line.fields, version)).get(name, "") if line.kind == kind else ""

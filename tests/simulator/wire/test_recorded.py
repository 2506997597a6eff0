"""What a live TWS sent, our encoders send byte for byte."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.wire import account_messages, contract_messages, market_messages, messages
from simulator.wire.fields import message
from simulator.wire.handshake import hello_reply
from tests.simulator.wire.test_contract_messages import FUTURE

SHARED = Path(__file__).parents[4] / "shared" / "wire"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")

Encoder = Callable[[int, list[str]], bytes]
# Our encoder of each kind of message, fed with the recorded fields behind the message id.
ENCODERS: dict[int, Encoder] = {
    4: lambda v, f: messages.error(v, int(f[1]), int(f[2]), f[3], 0),
    6: lambda v, f: account_messages.account_value(v, *f[1:5]),
    8: lambda v, f: account_messages.account_time(v, f[1]),
    9: lambda v, f: messages.next_valid_id(v, int(f[1])),
    15: lambda v, f: messages.managed_accounts(v, f[1]),
    53: lambda v, f: messages.open_order_end(v),
    54: lambda v, f: account_messages.account_download_end(v, f[1]),
    55: lambda v, f: messages.execution_data_end(v, int(f[1])),
    62: lambda v, f: account_messages.position_end(v),
    63: lambda v, f: account_messages.account_summary(v, int(f[1]), *f[2:6]),
    64: lambda v, f: account_messages.account_summary_end(v, int(f[1])),
    73: lambda v, f: account_messages.account_update_multi(v, int(f[1]), f[2], *f[4:7]),
    74: lambda v, f: account_messages.account_update_multi_end(v, int(f[1])),
    102: lambda v, f: messages.completed_orders_end(v),
    176: lambda v, f: hello_reply(v, f[0]),
}


def recorded(name: str) -> Iterator[tuple[int, int, str]]:
    """Version, message id and raw text of every message of a file."""
    for line in (SHARED / name).read_text().splitlines():
        entry = json.loads(line)
        yield entry.get("server_version", 0), entry["msg_id"], entry["raw"]


def test_a_whole_live_session_is_encoded_as_recorded() -> None:
    compared = 0
    for version, message_id, raw in recorded("session_sv176.jsonl"):
        if message_id in ENCODERS:
            fields = raw.split("\0")[1:-1]
            assert ENCODERS[message_id](version, fields)[4:] == raw.encode()
            compared += 1
    assert compared > 400


def test_contract_details_have_the_recorded_number_of_fields() -> None:

    ours = contract_messages.contract_details(164, 9000, FUTURE).count(b"\0", 4)
    theirs = {
        raw.count("\0")
        for version, kind, raw in recorded("mixed.jsonl")
        if (version, kind) == (164, 10) and "ESM5" in raw
    }
    assert theirs == {ours}


def test_historical_ticks_are_encoded_as_recorded() -> None:
    raw = next(raw for _, kind, raw in recorded("mixed.jsonl") if kind == 96)
    fields = raw.split("\0")[1:-1]
    ticks = [(int(t), float(p)) for t, p in zip(fields[2:-1:4], fields[4:-1:4], strict=True)]
    ours = market_messages.historical_midpoints(200, int(fields[0]), ticks)
    assert ours == message(200, 96, *fields)

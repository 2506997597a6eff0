from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.certification.layouts import is_known, named
from market.bar_size import BarSize
from market.times import MINUTE, parse
from simulator.model import generated
from simulator.wire.contract_messages import contract_details_end, symbol_samples
from simulator.wire.market_messages import historical_data, historical_trades
from simulator.wire.messages import error

MARKET = generated(1, "consistent", True)
RECORDINGS = Path(__file__).parents[4] / "shared" / "wire"
SHARE = MARKET.listings[0].instrument
START = parse("2026-04-08T15:00")
SPAN = (START, START + MINUTE)


def messages(version: int) -> Iterator[bytes]:
    it = SHARE.contract_id
    bars = MARKET.bars(it, BarSize.parse("5s"), "TRADES", "all", *SPAN, SPAN[1])
    trades = MARKET.trades(it, *SPAN)
    yield error(version, 7, 200, "text", 1)
    yield contract_details_end(version, 7)
    yield symbol_samples(version, 7, [(SHARE, ("OPT", "WAR"))])
    yield from historical_data(version, 7, ("a", "b"), [("1", bar) for bar in bars])
    yield historical_trades(version, 7, [(1, trade) for trade in trades])


@pytest.mark.parametrize("version", [151, 157, 163, 164, 176, 186, 194, 196, 200])
def test_every_field_of_what_the_simulated_gateway_writes_has_a_name(version: int) -> None:
    for frame in messages(version):
        fields = frame[4:-1].decode().split("\0")
        names = [each.name for each in named(fields, version)]
        assert len(names) == len(fields) - 1
        assert not [name for name in names if name.startswith("extra")], fields[:5]


@pytest.mark.modern
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside the project")
def test_every_field_of_a_recorded_session_has_a_name() -> None:
    # Their reader stands on IB's newer library.
    from tests.simulator.wire import recorded

    known = [frame for frame in recorded.frames("session_sv176.jsonl") if is_known(frame.kind) and frame.kind]
    assert len({frame.kind for frame in known}) > 10
    for frame in known:
        names = [each.name for each in named(frame.fields, frame.version)]
        assert not [name for name in names if name.startswith("extra")], frame.fields[:6]


def test_rows_within_rows_are_read() -> None:
    sample = ["79", "7", "1", "8", "A", "STK", "N", "USD", "1", "OPT", "d", "i"]
    assert [each.name for each in named(sample, 200)][-4:] == [
        "contracts.derivatives",
        "contracts.derivatives.sec_type",
        "contracts.description",
        "contracts.issuer",
    ]

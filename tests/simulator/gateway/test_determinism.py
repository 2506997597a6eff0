from market.clock import DrivenClock
from simulator.gateway.options import GatewayOptions
from tests.simulator.fake_model import FRIDAY_NOON
from tests.simulator.gateway.raw_client import AAPL, ES, EURUSD, LATE, RawClient, request

SCRIPT = (
    request(59, 1, 4),
    request(1, 11, 1, *AAPL, 0, "", 0, 0, "") + request(1, 11, 2, *LATE, 0, "", 0, 0, ""),
    request(97, 3, *AAPL, "AllLast", 10, 0) + request(97, 4, *EURUSD, "MidPoint", 0, 0),
    request(50, 3, 5, *ES, 5, "TRADES", 0, ""),
    request(20, 6, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 1, ""),
    request(6, 2, 1, ""),
    request(20, 7, *ES, 0, "", "1 hour", "5 D", 1, "TRADES", 1, 0, ""),
    request(97, 8, *ES, "BidAsk", 0, 1) + request(98, 3),
)


def record(chunk: int, feed: str) -> bytes:
    """A session's bytes, its requests delivered in pieces of `chunk` bytes."""
    options = GatewayOptions(feed="tws" if feed == "tws" else "consistent")
    client = RawClient(options=options, clock=DrivenClock(FRIDAY_NOON), start=False)
    kept: list[bytes] = []
    client.session.receive(request(71, 2, 1, ""))
    for data in SCRIPT:
        for start in range(0, len(data), chunk):
            client.session.receive(data[start : start + chunk])
        client.clock.advance(77_700_000_000)
        kept += client.written
        client.written.clear()
    return b"".join(kept)


def test_the_same_seed_clock_and_requests_give_the_same_bytes() -> None:
    for feed in ("consistent", "tws"):
        first = record(1_000, feed)
        assert len(first) > 50_000
        assert record(1_000, feed) == first
        assert record(7, feed) == first

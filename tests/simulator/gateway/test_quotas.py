import pytest

from simulator.gateway.options import GatewayOptions
from simulator.gateway.quotas import Quotas
from simulator.refused import Refused


def held(quotas: Quotas, kind: str) -> tuple[int, int]:
    """How many of a kind may be held, and the code that refuses the next; at most 1,000 are tried."""
    for number in range(1_000):
        try:
            quotas.take(kind)
        except Refused as refusal:
            return number, refusal.code
    return 1_000, 0


@pytest.mark.parametrize(
    ("lines", "kind", "limit", "code"),
    [
        (100, "line", 100, 101),
        (100, "ticks", 5, 10190),
        (100, "depth", 3, 309),
        (400, "line", 400, 101),
        (400, "ticks", 20, 10190),
        (400, "depth", 4, 309),
        (1, "line", 1, 101),
        (1, "ticks", 5, 10190),
        (100, "history", 50, 162),
        (100, "summary", 2, 322),
        (100, "bars", 1_000, 0),
    ],
)
def test_a_login_holds_what_its_lines_allow(lines: int, kind: str, limit: int, code: int) -> None:
    assert held(Quotas(GatewayOptions(lines=lines)), kind) == (limit, code)


@pytest.mark.parametrize("kind", ["line", "ticks", "depth", "history", "summary"])
def test_a_lenient_gateway_refuses_none(kind: str) -> None:
    assert held(Quotas(GatewayOptions(lines=1, lenient=True)), kind) == (1_000, 0)


def test_what_is_held_can_be_given_back() -> None:
    quotas = Quotas(GatewayOptions(lines=1))
    quotas.take("line")
    with pytest.raises(Refused, match="Max number of tickers"):
        quotas.take("line")
    quotas.give_back("line")
    quotas.take("line")

import pytest

from simulator.gateway.dates import Duration
from simulator.gateway.handlers.histogram import parse_period
from simulator.refused import Refused
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.raw_client import AAPL, EURUSD, LATE, RawClient

DAY = 86_400 * 10**9


@pytest.mark.parametrize("rth", [0, 1])
def test_the_volume_at_all_prices_is_what_traded(rth: int) -> None:
    (answer,) = RawClient().ask(88, 5, *AAPL, 0, rth, "1 day")
    prices, volumes = [float(text) for text in answer[3::2]], [float(text) for text in answer[4::2]]
    midnight = FRIDAY_NOON // DAY * DAY
    opened = midnight + (14 * 3_600 + 1_800) * 10**9 if rth else midnight
    traded = sum(t.size for t in FakeModel().trades(265598, opened, FRIDAY_NOON) if t.last)
    assert answer[:3] == ["89", "5", str(len(prices))]
    assert prices == sorted(set(prices))
    assert all(145 <= price <= 155 for price in prices)
    assert sum(volumes) == traded


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("3 days", 3, "D"),
        ("1 week", 1, "W"),
        ("2 hours", 7_200, "S"),
        ("1 Month", 1, "M"),
        ("1 year", 1, "Y"),
    ],
)
def test_a_period_is_a_number_and_a_word(text: str, count: int, unit: str) -> None:
    assert parse_period(text) == Duration(count, unit)


@pytest.mark.parametrize("text", ["", "days", "3", "3 D", "0 days", "3 fortnights"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_period(text)
    assert refused.value.code == 321


@pytest.mark.parametrize("contract", [EURUSD, LATE])
def test_without_trades_or_permission_there_is_none(contract: tuple[object, ...]) -> None:
    assert RawClient().ask(88, 5, *contract, 0, 0, "1 day")[0][2] == "162"


def test_the_longest_period_is_served_and_its_cancel_is_silent() -> None:
    client = RawClient()
    assert client.ask(88, 5, *AAPL, 0, 1, "2 weeks")[0][0] == "89"
    assert client.ask(89, 5) == []

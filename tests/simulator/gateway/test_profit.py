from tests.simulator.account.trades import AMZN
from tests.simulator.gateway.account_client import AccountClient
from tests.simulator.gateway.raw_client import RawClient

AMZN_ID = AMZN.instrument.contract_id
UNSET = "1.7976931348623157E308"


def test_profit_comes_at_once_and_with_every_second_that_changes_it() -> None:
    client = RawClient()
    (first,) = client.ask(92, 5, "", "")
    assert (first[:2], len(first)) == (["94", "5"], 5)
    news = client.wait(30)
    assert 3 <= len(news) <= 30
    assert all(before != after for before, after in zip([first, *news], news, strict=False))
    assert client.ask(93, 5) == []
    assert client.wait(30) == []


def test_profit_stands_still_while_the_markets_are_shut() -> None:
    client = RawClient()
    client.wait(10 * 3_600)
    client.ask(92, 5, "", "")
    assert client.wait(300) == []


def test_a_sale_realises_and_the_days_profit_shows_it() -> None:
    client = AccountClient()
    client.trade(AMZN, 100, "150")
    (before,) = client.ask(92, 5, "", "")
    client.trade(AMZN, -100, "151")
    after = client.wait(1)[-1]
    # 100, less a dollar each way, 42 cents to the SEC and 2 to FINRA.
    assert (before[4], after[4]) == ("0.00", "97.56")


def test_one_contract_has_its_position_profit_and_value() -> None:
    client = AccountClient()
    client.trade(AMZN, 100, "150")
    (row,) = client.ask(94, 6, client.services.account, "", AMZN_ID)
    mark = client.services.ledger.positions(client.clock.now())[-1].price
    gained = f"{100 * (mark - 150) - 1:.2f}"
    assert row == ["95", "6", "100", gained, gained, "0.00", f"{100 * mark:.2f}"]
    client.trade(AMZN, -100, "151")
    assert client.wait(1)[-1][2] == "0"
    assert client.ask(95, 6) == []
    assert client.wait(30) == []


def test_a_contract_never_held_has_no_amounts() -> None:
    assert RawClient().ask(94, 6, "", "", AMZN_ID) == [["95", "6", "0", UNSET, UNSET, UNSET, UNSET]]


def test_what_cannot_be_followed_is_refused() -> None:
    client = RawClient()
    client.ask(92, 5, "", "")
    refused = [
        client.ask(92, 5, "", ""),
        client.ask(94, 6, "", "", 999),
        client.ask(93, 8),
        client.ask(95, 8),
    ]
    assert [answer[0][2] for answer in refused] == ["322", "200", "300", "300"]

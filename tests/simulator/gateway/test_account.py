from tests.simulator.account.trades import AAPL, AMZN, fill
from tests.simulator.gateway.account_client import AccountClient, kinds
from tests.simulator.gateway.raw_client import Fields, RawClient


def window(answer: list[Fields], currency: str) -> dict[str, str]:
    return {f[2]: f[3] for f in answer if f[0] == "6" and f[4] == currency}


# -- account updates


def test_net_liquidation_is_cash_and_positions() -> None:
    answer = RawClient().ask(6, 2, 1, "")
    base, whole = window(answer, "BASE"), window(answer, "USD")
    stocks = sum(float(f[15]) for f in answer if f[0] == "7" and f[4] == "STK")
    assert round(float(base["CashBalance"]) + stocks, 2) == float(whole["NetLiquidation"])
    assert float(base["UnrealizedPnL"]) == round(sum(float(f[17]) for f in answer if f[0] == "7"), 2)


def test_values_come_in_the_order_of_tws() -> None:
    answer = RawClient().ask(6, 2, 1, "")
    assert kinds(answer) == ["6", "7", "8", "54"]
    keys = [fields[2] for fields in answer if fields[0] == "6"]
    assert keys == sorted(keys)


def test_what_changed_comes_every_three_minutes_until_unsubscribed() -> None:
    client = RawClient()
    client.ask(6, 2, 1, "")
    assert client.wait(179) == []
    news = client.wait(1)
    assert kinds(news) == ["6", "7", "8"]
    assert "NetLiquidation" in window(news, "USD")
    assert "AccountType" not in window(news, "")
    assert len([f for f in client.wait(360) if f[0] == "8"]) == 2
    assert client.ask(6, 2, 0, "") == []
    assert client.wait(400) == []


def test_a_fill_is_told_at_once_and_the_three_minutes_go_on() -> None:
    client = AccountClient()
    client.ask(6, 2, 1, "")
    client.wait(60)
    news = client.trade(AMZN, 100)
    assert {f[3]: f[13] for f in news if f[0] == "7"}["AMZN"] == "100"
    assert window(news, "USD")["CashBalance"] == "984999.00"
    assert client.wait(119) == []
    assert client.wait(1)[-1][0] == "8"


def test_fills_of_one_instant_are_told_as_one() -> None:
    client = AccountClient()
    client.ask(6, 2, 1, "")
    for quantity in (10, 20):
        client.services.ledger.book(fill(AMZN, quantity, "150"))
    news = client.wait(0)
    assert [f[13] for f in news if f[0] == "7"] == ["30"]
    assert [f[0] for f in news].count("8") == 1


def test_a_position_that_is_closed_is_told_once_more_as_none() -> None:
    client = AccountClient()
    client.ask(6, 2, 1, "")
    (row,) = [f for f in client.trade(AAPL, -100) if f[0] == "7" and f[3] == "AAPL"]
    assert (row[13], row[15], row[16], row[17]) == ("0", "0.00", "0", "0.00")
    assert row[18] == "-26.43"
    assert [f for f in client.wait(180) if f[0] == "7" and f[3] == "AAPL"] == []
    assert "AAPL" not in [f[3] for f in client.ask(6, 2, 1, "") if f[0] == "7"]


def test_an_account_of_somebody_else_is_refused() -> None:
    client = RawClient()
    asks: list[tuple[object, ...]] = [
        (6, 2, 1, "DU999"),
        (74, 1, 8, "DU999", ""),
        (76, 1, 9, "DU999", "", 0),
        (92, 10, "DU999", ""),
        (94, 11, "DU999", "", 265598),
    ]
    assert [client.ask(*ask)[0][2] for ask in asks] == ["321"] * 5


# -- the summary


def summary(client: RawClient, tags: str, request_id: int = 7) -> list[Fields]:
    return client.ask(62, 1, request_id, "All", tags)


def test_a_summary_has_the_tags_asked_for_and_what_changed_later() -> None:
    client = RawClient()
    answer = summary(client, "NetLiquidation,BuyingPower,AccountType")
    assert [f[4] for f in answer[:-1]] == ["AccountType", "BuyingPower", "NetLiquidation"]
    assert answer[-1] == ["64", "1", "7"]
    assert [f[4] for f in client.wait(180)] == ["BuyingPower", "NetLiquidation"]
    assert client.ask(63, 1, 7) == []
    assert client.wait(180) == []


def test_ledger_tags_ask_for_balances_by_currency() -> None:
    client = RawClient()
    currencies = []
    for request_id, tag in enumerate(("$LEDGER", "$LEDGER:EUR", "$LEDGER:ALL")):
        answer = summary(client, tag, request_id)
        currencies.append(list(dict.fromkeys(f[6] for f in answer[:-1])))
        assert {f[3] for f in answer[:-1]} == {"All"}
        assert ["63", "1", str(request_id), "All", "AccountOrGroup", "All", currencies[-1][0]] in answer
        client.ask(63, 1, request_id)
    assert currencies == [["BASE"], ["EUR"], ["EUR", "USD", "BASE"]]


def test_there_are_two_summaries_at_most() -> None:
    client = RawClient()
    codes = [summary(client, "Cushion", n)[0][2] for n in (1, 2, 3)]
    assert codes[2] == "322"
    client.ask(63, 1, 1)
    assert summary(client, "Cushion", 3)[0][0] == "63"


# -- account updates multi


def test_multi_updates_have_the_lines_of_the_account_and_of_each_currency() -> None:
    client = AccountClient()
    answer = client.ask(76, 1, 9, "", "", 0)
    assert kinds(answer) == ["73", "74"]
    assert answer[-1] == ["74", "1", "9"]
    keys = [f[5] for f in answer[:-1]]
    assert keys[0] == "AccountCode"
    assert keys.count("CashBalance") == 3
    assert "RealizedPnL" not in {f[5] for f in client.wait(180)}
    assert "CashBalance" in {f[5] for f in client.trade(AMZN, 100)}
    assert client.ask(77, 1, 9) == []
    assert client.trade(AMZN, 100) == []


def test_multi_updates_of_the_ledger_only_are_balances_and_net_liquidation() -> None:
    answer = RawClient().ask(76, 1, 9, "", "", 1)
    keys = [f[5] for f in answer[:-1]]
    assert keys[:2] == ["NetLiquidation", "Currency"]
    assert "BuyingPower" not in keys


def test_a_model_has_nothing() -> None:
    client = RawClient()
    assert client.ask(76, 1, 9, "", "M", 0) == [["74", "1", "9"]]
    assert client.ask(74, 1, 8, "", "M") == [["72", "1", "8"]]

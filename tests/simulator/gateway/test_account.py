from tests.simulator.gateway.raw_client import Fields, RawClient


def by_key(answer: list[Fields]) -> dict[str, float]:
    return {f[2]: float(f[3]) for f in answer if f[0] == "6" and f[4] == "USD"}


def test_net_liquidation_is_cash_and_positions() -> None:
    answer = RawClient().ask(6, 2, 1, "")
    values = by_key(answer)
    held = sum(float(f[15]) for f in answer if f[0] == "7")
    assert round(values["NetLiquidation"], 2) == round(values["CashBalance"] + held, 2)
    assert values["UnrealizedPnL"] == round(sum(float(f[17]) for f in answer if f[0] == "7"), 2)


def test_values_come_in_the_order_of_tws() -> None:
    answer = RawClient().ask(6, 2, 1, "")
    kinds = [fields[0] for fields in answer]
    assert kinds == sorted(kinds, key=["6", "7", "8", "54"].index)
    keys = [fields[2] for fields in answer if fields[0] == "6"]
    assert keys == sorted(keys)


def test_updates_come_every_three_minutes_until_unsubscribed() -> None:
    client = RawClient()
    client.ask(6, 2, 1, "")
    assert client.wait(179) == []
    assert client.wait(1)[-1][0] == "8"
    assert len([f for f in client.wait(360) if f[0] == "8"]) == 2
    assert client.ask(6, 2, 0, "") == []
    assert client.wait(400) == []


def test_an_account_of_somebody_else_is_refused() -> None:
    assert RawClient().ask(6, 2, 1, "DU999")[0][2] == "321"


def test_a_summary_has_the_tags_asked_for() -> None:
    client = RawClient()
    answer = client.ask(62, 1, 7, "All", "NetLiquidation,BuyingPower")
    assert [f[4] for f in answer[:-1]] == ["BuyingPower", "NetLiquidation"]
    assert answer[-1] == ["64", "1", "7"]
    assert len(client.wait(180)) == 2
    assert client.ask(63, 1, 7) == []
    assert client.wait(180) == []


def test_there_are_two_summaries_at_most() -> None:
    client = RawClient()
    codes = [client.ask(62, 1, n, "All", "Cushion")[0][2] for n in (1, 2, 3)]
    assert codes[2] == "322"


def test_positions_end() -> None:
    answer = RawClient().ask(61, 1)
    assert [f[4] for f in answer if f[0] == "61"] == ["AAPL", "EUR"]
    assert answer[-1] == ["62", "1"]


def test_the_multi_variants_end_with_their_id() -> None:
    client = RawClient()
    assert client.ask(74, 1, 8, "", "")[-1] == ["72", "1", "8"]
    assert client.ask(76, 1, 9, "", "", 0)[-1] == ["74", "1", "9"]

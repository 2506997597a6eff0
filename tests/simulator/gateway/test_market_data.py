from itertools import pairwise

from market.clock import DrivenClock
from market.times import parse
from simulator.gateway.options import GatewayOptions
from tests.simulator.gateway.raw_client import AAPL, DARK, ES, EURUSD, LATE, Fields, RawClient

SATURDAY = parse("2026-01-10T12:00")


def line(client: RawClient, request_id: int, contract: tuple[object, ...], snapshot: int = 0) -> list[Fields]:
    return client.ask(1, 11, request_id, *contract, 0, "", snapshot, 0, "")


def values(answer: list[Fields], kind: str) -> dict[int, str]:
    """The last value of each tick id among price (1), size (2) or string (46) messages."""
    return {int(fields[3]): fields[4] for fields in answer if fields[0] == kind}


def codes(answer: list[Fields]) -> list[str]:
    return [fields[2] for fields in answer if fields[0] == "4"]


def test_a_live_line_begins_with_its_type_and_the_whole_state() -> None:
    answer = line(RawClient(), 5, AAPL)
    assert answer[:2] == [["81", "5", "0.01", "9c0001", "3"], ["58", "1", "5", "1"]]
    assert set(values(answer, "1")) == {1, 2, 4, 6, 7, 9, 14}
    assert values(answer, "46") == {32: "Q", 33: "Z", 45: "1767977990", 84: "Q"}
    assert float(values(answer, "2")[8]) > 100_000


def test_its_changes_follow_at_their_time() -> None:
    client = RawClient()
    line(client, 5, AAPL)
    first, later = client.wait(1), client.wait(10)
    assert set(values(first, "1")) == {1, 2}
    assert values(later, "46") == {45: "1767978010"}
    assert values(later, "1")[4] == "153.66"


def test_volume_grows_by_what_trades() -> None:
    client = RawClient()
    before = float(values(line(client, 5, AAPL), "2")[8])
    after = client.wait(30)
    volumes = [float(fields[4]) for fields in after if fields[0] == "2" and fields[3] == "8"]
    sizes = [float(f[5]) for f in after if f[0] == "1" and f[3] == "4"]
    assert volumes[-1] == before + sum(sizes)


def test_a_price_that_stays_sends_its_size_alone() -> None:
    client = RawClient()
    answer = line(client, 5, EURUSD) + client.wait(60)
    alone = [fields for fields in answer if fields[0] == "2" and fields[3] in ("0", "3")]
    assert alone


def test_forex_has_no_trades_and_an_index_future_has() -> None:
    client = RawClient()
    assert set(values(line(client, 5, EURUSD), "1")) == {1, 2, 6, 7, 9, 14}
    assert 4 in values(line(client, 6, ES), "1")


def test_tws_samples_a_line_and_the_consistent_feed_does_not() -> None:
    def changes(options: GatewayOptions) -> list[Fields]:
        client = RawClient(options=options)
        line(client, 5, AAPL)
        return client.wait(600)

    sampled, whole = changes(GatewayOptions(feed="tws")), changes(GatewayOptions(feed="consistent"))
    assert len(sampled) <= len(whole)
    assert values(sampled, "2")[8] == values(whole, "2")[8]


def test_a_snapshot_ends() -> None:
    client = RawClient()
    answer = line(client, 5, AAPL, snapshot=1)
    assert answer[-1] == ["57", "1", "5"]
    assert client.wait(60) == []
    assert line(client, 5, AAPL, snapshot=1)


def test_without_permission_a_line_is_refused_and_holds_nothing() -> None:
    client = RawClient()
    assert codes(line(client, 5, LATE)) == ["10089"]
    assert codes(line(client, 5, DARK)) == ["354"]
    client.ask(59, 1, 3)
    assert codes(line(client, 5, DARK)) == ["10168"]
    assert codes(client.ask(2, 2, 5)) == ["300"]


def test_delayed_data_is_a_quarter_of_an_hour_old_and_has_its_own_ids() -> None:
    client = RawClient()
    client.ask(59, 1, 3)
    answer = line(client, 5, LATE)
    assert codes(answer) == ["10167"]
    assert ["58", "1", "5", "3"] in answer
    assert set(values(answer, "1")) == {66, 67, 68, 72, 73, 75, 76}
    assert values(client.wait(31), "46")[88] == str(1767978000 - 900 + 30)


def test_the_type_asked_for_is_the_best_a_contract_is_entitled_to() -> None:
    client = RawClient()
    client.ask(59, 1, 4)
    assert ["58", "1", "5", "1"] in line(client, 5, AAPL)
    assert ["58", "1", "6", "3"] in line(client, 6, LATE)


def test_a_shut_market_has_quotes_for_those_who_ask_for_frozen_data() -> None:
    client = RawClient(clock=DrivenClock(SATURDAY))
    plain = values(line(client, 5, AAPL), "1")
    assert (plain[1], plain[2]) == ("-1", "-1")
    client.ask(59, 1, 2)
    answer = line(client, 6, AAPL)
    assert ["58", "1", "6", "2"] in answer
    assert values(answer, "1")[1] > "100"


def test_frozen_data_thaws_when_the_market_opens() -> None:
    client = RawClient(clock=DrivenClock(SATURDAY))
    client.ask(59, 1, 2)
    line(client, 6, AAPL)
    answer = client.wait(46 * 3600)
    assert answer[0] == ["58", "1", "6", "1"]
    opening = [f for f in answer if f[0] == "1" and f[3] == "14"]
    assert opening, "the first trade of the day opens it"


def test_fractional_sizes_need_a_client_of_163() -> None:
    assert line(RawClient(162), 5, EURUSD)[0][2:4] == ["5", "10285"]
    assert line(RawClient(163), 5, EURUSD)[0][0] == "81"


def test_lines_are_limited_over_all_clients_and_free_after_a_cancel() -> None:
    first = RawClient(options=GatewayOptions(lines=2, message_rate=0))
    second = RawClient(client_id=2, clock=first.clock, services=first.services)
    assert codes(line(first, 1, AAPL) + line(second, 1, AAPL)) == []
    assert codes(line(second, 2, AAPL)) == ["101"]
    assert codes(line(second, 1, AAPL)) == ["322"]
    first.ask(2, 2, 1)
    assert codes(line(second, 2, AAPL)) == []
    second.session.close()
    assert codes(line(first, 3, AAPL) + line(first, 4, AAPL)) == []


def test_a_cancelled_line_is_silent() -> None:
    client = RawClient()
    line(client, 5, AAPL)
    assert client.ask(2, 2, 5) == []
    assert client.wait(60) == []


def test_a_snapshot_takes_a_line_only_while_it_is_open() -> None:
    client = RawClient(options=GatewayOptions(lines=1, message_rate=0))
    assert codes(line(client, 1, AAPL, snapshot=1) + line(client, 2, AAPL, snapshot=1)) == []
    line(client, 3, AAPL)
    assert codes(line(client, 4, AAPL, snapshot=1)) == ["101"]
    assert codes(line(client, 3, AAPL, snapshot=1)) == ["322"]


def test_a_snapshot_has_no_generic_ticks_and_none_that_cost_money() -> None:
    client = RawClient()
    (generic,) = client.ask(1, 11, 5, *AAPL, 0, "233", 1, 0, "")
    assert generic[3].endswith("Snapshot market data subscription is not applicable to generic ticks")
    (regulatory,) = client.ask(1, 11, 5, *AAPL, 0, "", 1, 1, "")
    assert (regulatory[2], "cost money" in regulatory[3]) == ("321", True)


def test_switching_to_live_ends_delayed_data_until_it_is_wanted_again() -> None:
    client = RawClient()
    client.ask(59, 1, 3)
    line(client, 5, LATE)
    assert [(f[1], f[2]) for f in client.ask(59, 1, 1)] == [("5", "10089")]
    assert client.wait(60) == []
    answer = client.ask(59, 1, 3)
    assert codes(answer) == ["10167"]
    assert ["58", "1", "5", "3"] in answer
    assert values(client.wait(31), "46").keys() == {88}


def test_switching_leaves_alone_what_it_does_not_change() -> None:
    client = RawClient()
    line(client, 5, AAPL)
    assert client.ask(59, 1, 3) == []
    assert client.ask(59, 1, 99) == []
    assert client.wait(2)


def test_switching_a_running_line_to_frozen_brings_the_last_quote() -> None:
    client = RawClient(clock=DrivenClock(SATURDAY))
    line(client, 5, AAPL)
    answer = client.ask(59, 1, 2)
    assert answer[0] == ["58", "1", "5", "2"]
    assert float(values(answer, "1")[1]) > 100


def halted(answer: list[Fields]) -> list[str]:
    return [fields[4] for fields in answer if fields[0] == "45" and fields[3] == "49"]


def test_a_halt_reaches_running_lines_at_once_and_so_does_its_end() -> None:
    client = RawClient()
    assert halted(line(client, 5, AAPL)) == ["0"]
    trouble, flows = client.services.trouble, client.services.flows
    trouble.halted.add(265598)
    flows.refresh()
    assert client.take() == [["45", "6", "5", "49", "1"]]
    assert client.wait(60) == []
    assert halted(line(client, 6, AAPL)) == ["1"]
    trouble.halted.discard(265598)
    flows.refresh()
    assert halted(client.take()) == ["0", "0"]
    assert set(values(client.wait(10), "1")) >= {1, 2, 4, 6, 7, 9, 14}


def test_a_halt_that_nobody_announces_is_told_at_the_next_change() -> None:
    client = RawClient()
    line(client, 5, AAPL)
    client.services.trouble.halted.add(265598)
    assert client.wait(60) == [["45", "6", "5", "49", "1"]]
    client.services.trouble.halted.discard(265598)
    assert halted(client.wait(10))[0] == "0"


def test_a_stalled_line_is_silent_and_makes_up_for_it() -> None:
    client = RawClient()
    line(client, 5, AAPL)
    client.services.trouble.stalled.add(265598)
    assert client.wait(60) == []
    client.services.trouble.stalled.discard(265598)
    told = values(client.wait(30), "2")[8]
    fresh = RawClient(client_id=2, clock=client.clock, services=client.services)
    assert values(line(fresh, 1, AAPL), "2")[8] == told


def test_delayed_lines_say_nothing_of_a_halt() -> None:
    client = RawClient()
    client.ask(59, 1, 3)
    assert halted(line(client, 5, LATE)) == []
    client.services.trouble.halted.add(4815)
    client.services.flows.refresh()
    assert client.take() == []
    assert client.wait(10)


def test_exchanges_of_best_and_last_prices_are_told_when_they_change() -> None:
    client = RawClient()
    line(client, 5, AAPL)
    told = [(f[3], f[4]) for f in client.wait(600) if f[0] == "46" and f[3] in ("32", "33")]
    assert 5 < len(told) <= 22
    for tick in ("32", "33"):
        letters = [letter for each, letter in told if each == tick]
        assert all(a != b for a, b in pairwise(letters))

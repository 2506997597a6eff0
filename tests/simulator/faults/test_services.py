import pytest

from market.errors import BadRequest
from simulator import faults
from simulator.gateway.server import Gateway
from tests.simulator.faults.stage import Stage, demonstrates, errors, kinds, listening, peer
from tests.simulator.gateway.raw_client import AAPL, ES, RawClient

LINE = (1, 11, 7, *AAPL, 0, "", 0, 0, "")
FARMS_OK = [(-1, code) for code in (2104, 2104, 2106, 2106, 2158)]


def subscribed(stage: Stage) -> RawClient:
    """A client with a line, ticks and bars of AAPL, and ticks of ES."""
    client = stage.client()
    client.ask(*LINE)
    client.ask(97, 8, *AAPL, "BidAsk", 0, 0)
    client.ask(97, 9, *ES, "BidAsk", 0, 0)
    client.ask(50, 3, 10, *AAPL, 5, "TRADES", 0, "")
    client.wait(10)
    return client


@demonstrates("offline")
async def test_after_1100_and_1101_the_streams_are_gone_and_their_ids_free() -> None:
    stage = Stage()
    client = subscribed(stage)
    async with faults.offline(stage.gateway, data="lost"):
        assert errors(client.take()) == [(-1, 1100)]
        assert client.ask(97, 11, *AAPL, "BidAsk", 0, 0) == []
    assert errors(client.take()) == [(-1, 1101)]
    assert client.wait(20) == []
    assert errors(client.ask(98, 8)) == [(8, 300)]
    assert "1" in kinds(client.ask(*LINE))


async def test_after_1100_and_1102_the_streams_go_on_by_themselves() -> None:
    stage = Stage()
    client = subscribed(stage)
    async with faults.offline(stage.gateway):
        client.take()
        assert client.wait(20) == []
    assert errors(client.take())[0] == (-1, 1102)
    assert {"1", "99", "50"} <= kinds(client.wait(20))


async def test_1102_comes_where_data_is_maintained() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.offline(stage.gateway):
        assert errors(stage.client(2).greeting) == [(-1, code) for code in (2103, 2103, 2105, 2105, 2157)]
    assert errors(client.take()) == [(-1, 1100), (-1, 1102)]


async def test_after_an_outage_the_farms_that_something_else_holds_down_are_named() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.farm_broken(stage.gateway, "usfarm"):
        client.take()
        async with faults.offline(stage.gateway, data="lost"):
            pass
        assert errors(client.take()) == [(-1, 1100), (-1, 1101), (-1, 2103)]
        async with faults.offline(stage.gateway):
            client.take()
        (message,) = client.take()
        text = next(field for field in message if "restored" in field)
        assert "are connected: usfarm.nj; euhmds" in text
        assert text.endswith("not connected: usfarm.")


@demonstrates("server_broken")
async def test_2110_ends_with_1102() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.server_broken(stage.gateway):
        assert errors(client.take()) == [(-1, 2110)]
        assert client.ask(*LINE) == []
    assert errors(client.take()) == [(-1, 1102)]
    assert client.ask(*LINE)


@demonstrates("farm_broken")
async def test_a_broken_market_farm_answers_nothing_about_its_contracts() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.farm_broken(stage.gateway):
        assert client.take()[0][1:4] == ["-1", "2103", "Market data farm connection is broken:usfarm"]
        assert client.ask(*LINE) == []
        assert client.ask(97, 9, *ES, "BidAsk", 0, 0) == []
        assert "99" in kinds(client.wait(5))
        assert errors(stage.client(2).greeting)[:2] == [(-1, 2104), (-1, 2103)]
    assert client.take()[-1][1:4] == ["-1", "2104", "Market data farm connection is OK:usfarm"]
    assert client.ask(*LINE)


async def test_a_broken_market_farm_s_streams_stand_still_and_the_others_do_not() -> None:
    stage = Stage()
    client = subscribed(stage)
    async with faults.farm_broken(stage.gateway):
        client.take()
        assert {(fields[0], fields[1]) for fields in client.wait(20)} == {("99", "9")}
    assert {"1", "99", "50"} <= kinds(client.wait(20))


@pytest.mark.parametrize(
    ("farm", "codes", "ask"),
    [
        ("ushmds", (2105, 2106), (20, 8, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 0, "")),
        ("secdefil", (2157, 2158), (9, 8, 8, *AAPL, 0, "", "", "")),
    ],
)
async def test_the_other_farms_break_too(farm: str, codes: tuple[int, int], ask: tuple[object, ...]) -> None:
    stage = Stage()
    client = stage.client()
    async with faults.farm_broken(stage.gateway, farm):
        assert client.ask(*ask)[1:] == []
        assert "1" in kinds(client.ask(*LINE))
    assert client.ask(*ask)
    client.take()
    stage = Stage()
    watching = stage.client()
    async with faults.farm_broken(stage.gateway, farm):
        pass
    assert errors(watching.take()) == [(-1, codes[0]), (-1, codes[1])]


async def test_a_farm_is_told_to_be_ok_only_when_nothing_holds_it_down_any_more() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.farm_broken(stage.gateway):
        async with faults.farm_broken(stage.gateway):
            client.take()
        assert errors(client.take()) == []
    assert errors(client.take()) == [(-1, 2104)]


async def test_a_farm_that_does_not_exist_is_refused_with_the_names() -> None:
    with pytest.raises(BadRequest, match="choose one of usfarm"):
        async with faults.farm_broken(Stage().gateway, "jfarm"):
            pass


@demonstrates("competing")
async def test_a_competing_session_takes_the_live_data_and_10197_says_so() -> None:
    stage = Stage()
    client = subscribed(stage)
    async with faults.competing(stage.gateway):
        assert errors(client.take()) == [(n, 10197) for n in (7, 8, 9, 10)]
        assert errors(client.ask(97, 11, *ES, "Last", 0, 0)) == [(11, 10197)]
        assert client.ask(20, 12, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 0, "")[0][0] == "17"
    assert {"1", "99", "50"} <= kinds(client.wait(20))


async def test_live_streams_are_silent_until_the_competing_session_is_gone() -> None:
    stage = Stage()
    client = subscribed(stage)
    async with faults.competing(stage.gateway):
        client.take()
        assert client.wait(30) == []
    assert {"1", "99", "50"} <= kinds(client.wait(20))


KEPT = (20, 12, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 1, "")


async def test_kept_bars_stop_with_their_farm_and_make_up_for_it_afterwards() -> None:
    stage, other = Stage(), Stage()
    client, undisturbed = stage.client(), other.client()
    for each in (client, undisturbed):
        each.ask(*KEPT)
    async with faults.farm_broken(stage.gateway, "ushmds"):
        client.take()
        assert client.wait(130) == []
    client.take()
    prompt = {fields[3]: fields for fields in undisturbed.wait(150)}
    late = {fields[3]: fields for fields in client.wait(20)}
    assert len(late) == 3
    assert late == {time: prompt[time] for time in late}


@demonstrates("clock_skewed")
async def test_a_skewed_clock_shows_in_what_the_gateway_says_of_itself_and_not_in_the_data() -> None:
    stage = Stage()
    client = stage.client()
    client.ask(97, 8, *AAPL, "BidAsk", 0, 0)
    async with faults.clock_skewed(stage.gateway, by=-90):
        assert client.ask(49, 1) == [["49", "1", str(1_767_978_000 - 90)]]
        assert client.ask(105) == [["109", str(1_767_977_910_000)]]
        assert int(client.wait(2)[0][3]) >= 1_767_978_000
    assert client.ask(49, 1) == [["49", "1", str(1_767_978_002)]]


async def test_two_faults_on_one_contract_heal_when_both_are_over() -> None:
    stage = Stage()
    stalled = stage.gateway.services.trouble.stalled
    async with faults.offline(stage.gateway):
        async with faults.stalled(stage.gateway, "AAPL"):
            pass
        assert 265598 in stalled
    assert 265598 not in stalled


async def test_a_client_on_a_socket_hears_of_it() -> None:
    async with listening() as gateway, peer(gateway) as client, faults.offline(gateway):
        assert isinstance(gateway, Gateway)
        assert await client.until(b"4", b"-1", b"1100")

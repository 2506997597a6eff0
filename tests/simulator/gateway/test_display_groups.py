from tests.simulator.gateway.raw_client import RawClient


def test_the_groups_are_those_of_tws() -> None:
    assert RawClient().ask(67, 1, 5) == [["67", "1", "5", "1|2|3|4|5|6|7"]]


def test_two_clients_see_what_a_group_shows() -> None:
    one = RawClient()
    other = RawClient(services=one.services, client_id=2)
    assert one.ask(68, 1, 5, 3) == [["68", "1", "5", "none"]]
    assert other.ask(68, 1, 9, 3) == [["68", "1", "9", "none"]]
    assert one.ask(69, 1, 5, "265598@SMART") == [["68", "1", "5", "265598@SMART"]]
    assert other.take() == [["68", "1", "9", "265598@SMART"]]
    assert other.ask(68, 1, 10, 3) == [["68", "1", "10", "265598@SMART"]]


def test_a_group_that_was_left_is_silent() -> None:
    one = RawClient()
    other = RawClient(services=one.services, client_id=2)
    one.ask(68, 1, 5, 3)
    other.ask(68, 1, 9, 3)
    assert other.ask(70, 1, 9) == []
    one.ask(69, 1, 5, "265598@SMART")
    assert other.take() == []
    other.session.close()
    assert one.ask(69, 1, 5, "none") == [["68", "1", "5", "none"]]


def test_what_is_no_group_is_refused() -> None:
    client = RawClient()
    assert client.ask(68, 1, 5, 8)[0][2] == "321"
    assert client.ask(69, 1, 5, "265598@SMART")[0][2] == "300"
    assert client.ask(70, 1, 5)[0][2] == "300"

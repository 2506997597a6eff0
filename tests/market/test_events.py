import pytest

from market.events import Bar, DataType, Quote, Trade


def trade(**changes: object) -> Trade:
    fields: dict[str, object] = {
        "contract_id": 265598,
        "exchange": "SMART",
        "time": 1,
        "received": 2,
        "price": 170.0,
        "size": 100.0,
    }
    return Trade(**(fields | changes))  # type: ignore[arg-type]  # the test varies one field by name


def test_received_is_no_part_of_an_equality() -> None:
    assert trade(received=5) == trade(received=9)
    assert hash(trade(received=5)) == hash(trade(received=9))
    assert not trade(received=5) != trade(received=9)  # noqa: SIM202 - the operator is what is meant


@pytest.mark.parametrize("change", [{"price": 171.0}, {"size": None}, {"time": 2}, {"venue": "ARCA"}])
def test_any_other_difference_is_one(change: dict[str, object]) -> None:
    assert trade(**change) != trade()


def test_events_of_two_kinds_are_never_equal() -> None:
    assert trade() != Quote(265598, "SMART", 1, 2, 170.0, 170.0, 1.0, 1.0)


def test_an_event_cannot_be_edited() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        trade().price = 1.0  # type: ignore[misc]  # what the test is about


def test_data_type_labels_are_words_to_show() -> None:
    assert [kind.label for kind in DataType] == ["LIVE", "FROZEN", "DELAYED", "DELAYED-FROZEN"]


def test_a_provisional_bar_differs_from_its_final_form() -> None:
    bar = Bar(1, "SMART", 0, 0, "1m", 1.0, 2.0, 0.5, 1.5, 10.0, 1.2, 3, final=False)
    assert bar != Bar(1, "SMART", 0, 0, "1m", 1.0, 2.0, 0.5, 1.5, 10.0, 1.2, 3, final=True)

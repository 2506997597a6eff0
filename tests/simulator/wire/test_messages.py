"""Every message, at every version the official decoder knows, is understood to its last field."""

import pytest

from simulator.wire import messages
from tests.simulator.wire.oracle import decode

each_version = pytest.mark.parametrize("version", range(157, 201))


@each_version
def test_an_error(version: int) -> None:
    ((name, args),) = decode(version, messages.error(version, 5, 354, "Keine Daten für ü", 1_767_969_000_123))
    time = 1_767_969_000_123 if version >= 194 else 0
    assert (name, args) == ("error", (5, time, 354, "Keine Daten für ü", ""))


@each_version
def test_ids_accounts_and_times(version: int) -> None:
    calls = decode(
        version,
        messages.next_valid_id(version, 7),
        messages.managed_accounts(version, "DUSIMC1"),
        messages.current_time(version, 1_767_969_000),
        messages.current_time_in_millis(version, 1_767_969_000_123),
        messages.user_info(version, 3),
    )
    assert calls == [
        ("nextValidId", (7,)),
        ("managedAccounts", ("DUSIMC1",)),
        ("currentTime", (1_767_969_000,)),
        ("currentTimeInMillis", (1_767_969_000_123,)),
        ("userInfo", (3, "")),
    ]


@each_version
def test_ends_of_lists(version: int) -> None:
    calls = decode(
        version,
        messages.open_order_end(version),
        messages.execution_data_end(version, 9),
        messages.completed_orders_end(version),
    )
    assert calls == [("openOrderEnd", ()), ("execDetailsEnd", (9,)), ("completedOrdersEnd", ())]

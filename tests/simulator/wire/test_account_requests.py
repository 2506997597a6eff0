from collections.abc import Callable
from typing import Any

import pytest

from simulator.wire import account_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.fields import FieldReader
from simulator.wire.requests import Request
from tests.simulator.wire.test_requests import VERSIONS, written

CASES: list[tuple[Ask, Callable[[FieldReader], Request], Callable[[Any], None], Request]] = [
    (
        Ask.ACCOUNT_UPDATES,
        account_requests.account_updates,
        lambda c: c.reqAccountUpdates(True, "DU1"),
        account_requests.AccountUpdatesRequest(-1, True, "DU1"),
    ),
    (
        Ask.ACCOUNT_SUMMARY,
        account_requests.account_summary,
        lambda c: c.reqAccountSummary(13, "All", "NetLiquidation, $LEDGER:ALL"),
        account_requests.AccountSummaryRequest(13, ("NetLiquidation", "$LEDGER:ALL")),
    ),
    (
        Ask.POSITIONS_MULTI,
        account_requests.positions_multi,
        lambda c: c.reqPositionsMulti(14, "DU1", "M"),
        account_requests.MultiRequest(14, "DU1", "M"),
    ),
    (
        Ask.ACCOUNT_UPDATES_MULTI,
        account_requests.account_updates_multi,
        lambda c: c.reqAccountUpdatesMulti(15, "DU1", "", True),
        account_requests.UpdatesMultiRequest(15, "DU1", "", True),
    ),
    (
        Ask.PNL,
        account_requests.pnl,
        lambda c: c.reqPnL(16, "DU1", ""),
        account_requests.MultiRequest(16, "DU1", ""),
    ),
    (
        Ask.PNL_SINGLE,
        account_requests.pnl_single,
        lambda c: c.reqPnLSingle(17, "DU1", "", 265598),
        account_requests.PnlSingleRequest(17, "DU1", "", 265598),
    ),
    (Ask.CANCEL_PNL, requests.with_id, lambda c: c.cancelPnL(18), Request(18)),
    (Ask.CANCEL_PNL_SINGLE, requests.with_id, lambda c: c.cancelPnLSingle(19), Request(19)),
    (Ask.CANCEL_POSITIONS, requests.plain, lambda c: c.cancelPositions(), Request(-1)),
    (
        Ask.CANCEL_POSITIONS_MULTI,
        requests.versioned_with_id,
        lambda c: c.cancelPositionsMulti(20),
        Request(20),
    ),
    (
        Ask.CANCEL_ACCOUNT_UPDATES_MULTI,
        requests.versioned_with_id,
        lambda c: c.cancelAccountUpdatesMulti(21),
        Request(21),
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("message_id", "read", "ask", "expected"), CASES, ids=lambda case: getattr(case, "name", "")
)
def test_requests_are_read_as_the_official_client_writes_them(
    version: int,
    message_id: Ask,
    read: Callable[[FieldReader], Request],
    ask: Callable[[Any], None],
    expected: Request,
) -> None:
    reader = written(version, ask)
    assert reader.integer("message id") == message_id
    assert read(reader) == expected

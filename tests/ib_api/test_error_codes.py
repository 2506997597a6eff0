import pytest

from ib_api.error_codes import ERROR_CODES, describe, error_class, lookup, unknown_codes
from ib_api.error_table import ROWS
from ib_api.errors import NotSupported
from market.errors import ContractNotFound, NoData, NoPermission, PacingRefused, RequestRejected


def test_every_code_stands_in_the_table_once_and_says_what_to_do() -> None:
    assert len(ERROR_CODES) == len(ROWS) > 100
    assert all(row.meaning and row.advice for row in ROWS)


@pytest.mark.parametrize("code", [2104, 2106, 2107, 2108, 2119, 2158, 10167, 1102, 366, 300])
def test_notices_are_never_errors(code: int) -> None:
    assert (lookup(code).severity, lookup(code).effect) == ("info", "none")


@pytest.mark.parametrize("code", [10089, 10090, 10091])
def test_an_advisory_keeps_its_stream(code: int) -> None:
    assert lookup(code).effect == "none"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (200, ContractNotFound),
        (354, NoPermission),
        (10189, NoPermission),
        (10190, PacingRefused),
        (321, RequestRejected),
    ],
)
def test_a_code_raises_its_class(code: int, kind: type[Exception]) -> None:
    assert error_class(code, "whatever") is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("API pacing violation", PacingRefused),
        ("HMDS query returned no data: X", NoData),
        ("No market data permissions for NYSE", NoPermission),
        ("invalid step", RequestRejected),
    ],
)
def test_162_means_what_its_text_says(text: str, kind: type[Exception]) -> None:
    assert error_class(162, text) is kind


@pytest.mark.parametrize(
    ("text", "kind", "advice"),
    [
        ("No market data permissions for NASDAQ STK", NoPermission, "Client Portal"),
        ("BidAsk tick-by-tick requests are not supported for EUR.USD.", NotSupported, "use the market-data"),
    ],
)
def test_10189_tells_no_permission_from_no_such_data(text: str, kind: type[Exception], advice: str) -> None:
    assert error_class(10189, text) is kind
    assert advice in describe(10189, text)


@pytest.mark.parametrize("code", [354, 10168])
def test_missing_data_says_both_ways_to_get_some(code: int) -> None:
    assert "Client Portal, or enable delayed data in TWS" in lookup(code).advice


def test_an_unknown_code_passes_on_and_is_counted() -> None:
    before = unknown_codes[61234]
    assert lookup(61234).effect == "fail"
    assert unknown_codes[61234] == before + 1
    assert "61234: odd" in describe(61234, "odd.")
    assert lookup(2199).effect == "none"

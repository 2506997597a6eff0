import pytest

from ib_api.codes.row import Effect
from ib_api.error_codes import ERROR_CODES, advice, describe, error_class, extend, known, lookup
from ib_api.error_table import ROWS
from ib_api.errors import NotSupported
from market.errors import (
    AmbiguousContract,
    ContractNotFound,
    NoData,
    NoPermission,
    PacingRefused,
    RequestFailed,
    RequestRejected,
)
from market.events import Severity

KNOWN: list[tuple[str, Severity, Effect, type[RequestFailed], str]] = [
    # TWS and its line to IB
    ("1100 2110", "error", "none", RequestRejected, "wait"),
    ("1101", "warning", "none", RequestRejected, "asked for again"),
    ("1300", "error", "none", RequestRejected, "port"),
    ("1102 2104 2106 2107 2108 2119 2158", "info", "none", RequestRejected, "nothing"),
    ("2103 2105 2157", "warning", "none", RequestRejected, "wait"),
    ("326", "fatal", "none", RequestRejected, "--client-id"),
    ("501 502 507 509 520", "error", "none", RequestRejected, ""),
    ("503 504 506 320 321 322 323", "error", "fail", RequestRejected, ""),
    ("505 508", "warning", "none", RequestRejected, ""),
    ("10141", "error", "none", RequestRejected, "accept"),
    # quotas and pacing
    ("100", "warning", "none", PacingRefused, "slower"),
    ("101", "error", "fail", PacingRefused, "end another stream"),
    ("309", "error", "fail", PacingRefused, "end another one"),
    ("420", "error", "fail", PacingRefused, "15 seconds"),
    ("10190", "warning", "fail", PacingRefused, "end another one"),
    # permissions
    ("354 10168 10186", "error", "fail", NoPermission, "Client Portal, or enable delayed data in TWS"),
    ("10089 10090 10091", "warning", "none", NoPermission, "Client Portal"),
    ("10167", "info", "none", NoPermission, "Client Portal"),
    ("10092 10276 10277 10358", "error", "fail", NoPermission, "Client Portal"),
    ("10189", "warning", "fail", NoPermission, "market-data line"),
    ("10197", "error", "fail", NoPermission, "log the other session out"),
    ("203 460 10015", "error", "fail", NoPermission, ""),
    ("492 2152", "warning", "none", RequestRejected, "subscribe"),
    # contracts and data
    ("200 123 166", "error", "fail", ContractNotFound, ""),
    ("162 10187 10285 10314 10339 478", "error", "fail", RequestRejected, ""),
    ("10299", "error", "fail", NotSupported, "AGGTRADES"),
    ("430 10172", "error", "fail", NoData, ""),
    ("300 310 365 366 10185", "info", "none", RequestRejected, "nothing after a cancel"),
    ("165", "info", "none", RequestRejected, "read the text"),
    ("316 10182 10225", "warning", "renew", RequestRejected, "ask for"),
    ("317", "warning", "none", RequestRejected, "clear the book"),
    ("2174", "warning", "none", RequestRejected, "UTC"),
    ("2176", "warning", "none", RequestRejected, "newer library"),
    # accounts
    ("2100 2150", "info", "none", RequestRejected, "nothing"),
    ("2101 435 436", "error", "fail", RequestRejected, ""),
    # orders
    ("102 103 104 105 110 135 201 2102 10006", "error", "fail", RequestRejected, ""),
    ("202", "info", "end", RequestRejected, "cancel"),
    ("161 10147 10148", "warning", "none", RequestRejected, "executions"),
    ("164 399 404 2137 2161 2168 2169 10349", "warning", "none", RequestRejected, ""),
    ("2109", "info", "none", RequestRejected, "nothing"),
    ("10311 10329", "error", "fail", RequestRejected, "SMART"),
]
CASES = [(int(code), *rest) for codes, *rest in KNOWN for code in codes.split()]


def test_every_code_stands_in_the_table_once_and_says_what_to_do() -> None:
    assert len({row.code for row in ROWS}) == len(ROWS) > 400
    assert all(row.meaning and row.advice for row in ROWS)


@pytest.mark.parametrize(("code", "severity", "effect", "kind", "said"), CASES)
def test_a_known_code_does_what_it_should(
    code: int, severity: Severity, effect: Effect, kind: type[RequestFailed], said: str
) -> None:
    row = ERROR_CODES[code]
    assert (row.severity, row.effect, row.error) == (severity, effect, kind)
    assert said in row.advice


def test_what_fails_is_an_error_unless_we_have_a_way_round_it() -> None:
    failing = {row.code for row in ROWS if row.effect == "fail" and row.severity != "error"}
    assert failing == {10189, 10190}  # the market-data line serves instead


def test_what_goes_on_is_an_error_only_where_the_line_itself_is_in_trouble() -> None:
    line = {326, 501, 502, 507, 509, 520, 530, 1100, 1300, 2110, 10141}
    assert {row.code for row in ROWS if row.effect == "none" and row.severity in ("error", "fatal")} == line


@pytest.mark.parametrize("code", [162, 10187])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("API pacing violation", PacingRefused),
        ("Too many open historical data requests", PacingRefused),
        ("HMDS query returned no data: X", NoData),
        ("No market data permissions for NYSE", NoPermission),
        ("invalid step", RequestRejected),
    ],
)
def test_history_fails_as_its_text_says(code: int, text: str, kind: type[Exception]) -> None:
    assert error_class(code, text) is kind


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Invalid Real-time Query:Historical data request pacing violation", PacingRefused, "15 seconds"),
        ("Invalid Real-time Query:No market data permissions for NYSE", NoPermission, "Client Portal"),
    ],
)
def test_420_tells_pacing_from_a_permission(text: str, kind: type[Exception], said: str) -> None:
    assert error_class(420, text) is kind
    assert said in advice(420, text)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("No market data permissions for NASDAQ STK", NoPermission, "Client Portal"),
        ("BidAsk tick-by-tick requests are not supported for EUR.USD.", NotSupported, "use the market-data"),
    ],
)
def test_10189_tells_no_permission_from_no_such_data(text: str, kind: type[Exception], said: str) -> None:
    assert error_class(10189, text) is kind
    assert said in describe(10189, text)


def test_200_tells_an_ambiguous_contract_from_one_that_is_not_there() -> None:
    text = "The contract description specified for ES is ambiguous."
    assert error_class(200, text) is AmbiguousContract
    assert "expiry" in advice(200, text)
    assert error_class(200, "No security definition has been found for the request") is ContractNotFound


def test_the_read_only_setting_is_named_where_it_is_the_cause() -> None:
    assert "untick Read-Only API" in advice(321, "The API interface is currently in Read-Only mode.")
    assert "untick" not in advice(321, "Invalid order type was entered")


@pytest.mark.parametrize(("code", "effect"), [(61234, "fail"), (2199, "none")])
def test_an_unknown_code_passes_on_with_ibs_text(code: int, effect: Effect) -> None:
    assert not known(code)
    assert lookup(code).effect == effect
    assert f"{code}: odd" in describe(code, "odd.")


def test_a_users_row_takes_the_place_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ib_api.error_codes.ERROR_CODES", dict(ERROR_CODES))
    extend([lookup(61234)._replace(effect="none"), lookup(399)._replace(severity="info")])
    assert (lookup(61234).effect, lookup(399).severity) == ("none", "info")

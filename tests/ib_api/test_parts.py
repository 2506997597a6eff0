"""The small parts: names, durations, contracts, farms, log, import."""

import logging
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_api import IBContract, LoggingConfig
from ib_api._ibapi import installed_distribution
from ib_api.durations import asked, duration, is_final, max_span, whole_seconds
from ib_api.farms import Farms
from ib_api.ib_contract import describe
from ib_api.symbols import parse_symbol
from ib_api.translate import ib_time
from market.bar_size import BAR_SIZES, BarSize
from market.broker import BarRequest
from market.errors import BadRequest, SetupError
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND, parse


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("aapl", ("AAPL", "", "", "", 0)),
        ("RHM@IBIS:EUR", ("RHM", "IBIS", "EUR", "", 0)),
        ("SPX@CBOE/IND", ("SPX", "CBOE", "", "IND", 0)),
        ("BRK B", ("BRK B", "", "", "", 0)),
        ("eur.usd", ("EURUSD", "", "", "CASH", 0)),
        ("265598@ISLAND", ("", "ISLAND", "", "", 265598)),
        ("BTC/CRYPTO", ("BTC", "", "", "CRYPTO", 0)),
    ],
)
def test_a_contract_is_named_in_one_word(text: str, wanted: tuple[object, ...]) -> None:
    assert tuple(parse_symbol(text)) == wanted


@pytest.mark.parametrize("text", ["", "@SMART", "A:B:C", "AAPL/"])
def test_what_names_no_contract_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="names no contract"):
        parse_symbol(text)


def test_a_local_symbol_names_a_future() -> None:
    contract = parse_symbol("ESH6@CME/FUT").contract
    assert (contract.localSymbol, contract.symbol, contract.exchange) == ("ESH6", "", "CME")


@pytest.mark.parametrize("size", BAR_SIZES, ids=str)
def test_what_is_certain_is_one_request_and_more_bars_than_a_message_holds_are_not(size: BarSize) -> None:
    assert duration(BarRequest(size, 0, max_span(size))).endswith((" S", " D"))
    most = max(max_span(size), 100_000 * size.nanoseconds)
    assert duration(BarRequest(size, 0, most))
    with pytest.raises(BadRequest, match="more than one request"):
        duration(BarRequest(size, 0, most + 1))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadRequest, match="before it begins"):
        whole_seconds(BarRequest(BarSize.parse("1m"), 5, 5))


@given(
    start=st.integers(0, 10**19),
    length=st.integers(1, 3_000 * SECOND),
    seconds=st.integers(0, 10**10),
)
def test_whole_seconds_hold_the_same_bars_in_no_longer_a_range(start: int, length: int, seconds: int) -> None:
    request = whole_seconds(BarRequest(BarSize.parse("1s"), start, start + length))
    bar = seconds * SECOND
    assert (start <= bar < start + length) == (request.start <= bar < request.end)
    assert request.end - request.start <= -(-length // SECOND) * SECOND


def test_days_are_asked_for_a_day_beyond_and_now_is_asked_for_as_such() -> None:
    request = BarRequest(BarSize.parse("1D"), 0, 10 * DAY)
    assert duration(request) == "12 D"
    assert duration(BarRequest(BarSize.parse("1D"), 0, 400 * DAY)) == "2 Y"
    assert asked(request, now=20 * DAY) == ("12 D", 11 * DAY)
    assert asked(request, now=11 * DAY - MINUTE) == ("12 D", None)
    # IB's clock may be ahead of ours: counted back from its "now" the first bar could be missing.
    assert asked(request, now=11 * DAY - SECOND) == ("12 D", 11 * DAY)


def test_a_daily_bar_is_final_when_the_next_session_has_opened_for_certain() -> None:
    day = BarSize.parse("1D")
    assert not is_final(0, day, now=5 * DAY, later_exists=False)
    assert is_final(0, day, now=DAY, later_exists=True)
    assert is_final(0, day, now=6 * DAY, later_exists=False)


def test_a_contract_of_an_instrument_has_its_route() -> None:
    instrument = Instrument(
        contract_id=1,
        symbol="ES",
        sec_type="FUT",
        exchange="CME",
        currency="USD",
        expiry="20260320",
        multiplier=50,
    )
    contract = IBContract.of(instrument)
    assert (contract.conId, contract.exchange, contract.multiplier) == (1, "CME", "50")
    assert describe(contract) == "ES FUT 20260320 CME"


def test_contracts_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadRequest, match="C or P"):
        IBContract.option("AAPL", "20260116", 200, "X")
    with pytest.raises(BadRequest, match="write EURUSD"):
        IBContract.forex("EURO")
    with pytest.raises(BadRequest, match="positive"):
        IBContract.by_id(0)


def test_a_farm_that_breaks_no_longer_serves() -> None:
    farms, serves = Farms(), list[bool]()
    for code in (2106, 2105):
        farms.note(code, "HMDS data farm connection is told of:ushmds")
        serves.append(farms.history)
    assert serves == [True, False]
    before = dict(farms.states)
    farms.note(200, "no farm")
    assert farms.states == before


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("20260109 09:30:00 US/Eastern", "2026-01-09T14:30"),
        ("20260109-14:30:00", "2026-01-09T14:30"),
        ("20260109  14:30:00", "2026-01-09T14:30"),
        ("20260109", "2026-01-09"),
        (str(parse("2026-01-09") // SECOND), "2026-01-09"),
        ("20260709 09:30:00 US/Eastern", "2026-07-09T13:30"),
        ("20260709 09:30:00 EST", "2026-07-09T13:30"),
        ("20260709 15:30:00 MET", "2026-07-09T13:30"),
        ("20260709 22:30:00 Asia/Tokyo", "2026-07-09T13:30"),
        ("20260709 13:30:00 GMT", "2026-07-09T13:30"),
        ("20260709-13:30:00Z", "2026-07-09T13:30"),
        ("20260709-09:30:00 US/Eastern", "2026-07-09T13:30"),
    ],
)
def test_ibs_times_are_read(text: str, time: str) -> None:
    assert ib_time(text) == parse(time)


def test_an_unknown_zone_is_told() -> None:
    with pytest.raises(ValueError, match="unknown here"):
        ib_time("20260109 09:30:00 Nowhere/Land")


def versions(*names: str) -> str:
    def version(name: str) -> str:
        if name not in names:
            raise metadata.PackageNotFoundError(name)
        return "1"

    return installed_distribution(version)


def test_one_distribution_of_the_library_must_be_installed_and_only_one() -> None:
    assert versions("ibapi") == "ibapi"
    with pytest.raises(SetupError, match="pip install nautilus-ibapi"):
        versions()
    with pytest.raises(SetupError, match="pip uninstall"):
        versions("ibapi", "nautilus-ibapi")


def test_the_log_file_appears_with_its_first_record(tmp_path: Path) -> None:
    path = LoggingConfig.setup_logging(tmp_path / "logs", to_stderr=False)
    assert not path.parent.exists()
    logging.getLogger("ib_api.test").info("hello")
    logging.getLogger("other").warning("not ours")
    assert "INFO ib_api.test MainThread: hello" in path.read_text()
    assert "not ours" not in path.read_text()


def test_setting_the_log_up_again_replaces_what_was(tmp_path: Path) -> None:
    for _ in range(2):
        LoggingConfig.setup_logging(tmp_path, "DEBUG")
    assert len(logging.getLogger("ib_api").handlers) == 2
    with pytest.raises(SetupError, match="does not exist"):
        LoggingConfig.setup_logging(tmp_path, "LOUD")


def test_importing_writes_nothing_starts_nothing_and_is_light(tmp_path: Path) -> None:
    code = (
        "import sys, threading, logging; import ib_api;"
        "assert threading.active_count() == 1; assert 'pandas' not in sys.modules;"
        "assert not logging.getLogger().handlers; print(ib_api.PACKAGE_NAME)"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": root}, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr, list(tmp_path.iterdir())) == ("ib_api", "", [])


def test_adjusted_prices_are_asked_for_up_to_now() -> None:
    request = BarRequest(BarSize.parse("1D"), 0, 10 * DAY, what="ADJUSTED_LAST")
    assert asked(request, 100 * DAY) == ("103 D", None)

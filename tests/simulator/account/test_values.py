"""What the account window says is consistent with itself, to the cent."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.account import Ledger, values
from tests.simulator.account.trades import AMZN, BITCOIN, EURO, FUTURE, RHM, fill, ledger, option
from tests.simulator.fake_model import FRIDAY_NOON

D = Decimal
RECORDED = Path(__file__).parents[4] / "shared" / "wire" / "session_sv176.jsonl"


def busy() -> Ledger:
    """An account with something of everything."""
    books = ledger()
    for each in (
        fill(AMZN, -250, "151.13"),
        fill(RHM, 7, "149.95"),
        fill(RHM, -3, "150.95"),
        fill(FUTURE, 2, "151.25"),
        fill(option("P", 150.0), -2, "4.37"),
        fill(option("C", 150.0), 1, "3.91"),
        fill(EURO, -35_000, "1.09875"),
        fill(BITCOIN, "0.12345678", "151.01"),
    ):
        books.book(each)
    return books


def lines(books: Ledger, currency: str = "USD") -> dict[str, Decimal]:
    return {
        each.key: D(each.text)
        for each in books.values(FRIDAY_NOON)
        if each.currency == currency and each.text.replace(".", "").lstrip("-").isdigit()
    }


def test_net_liquidation_is_cash_and_positions_to_the_cent() -> None:
    books = busy()
    whole, ledger_sum, listed = lines(books), lines(books, "BASE"), D(0)
    for position in books.positions(FRIDAY_NOON):
        if position.instrument.sec_type not in ("CASH", "FUT"):
            rate = books.rate(position.instrument.currency, FRIDAY_NOON)
            listed += (position.value * rate).quantize(D("0.01"))
    assert whole["NetLiquidation"] == ledger_sum["CashBalance"] + listed
    assert whole["NetLiquidation"] == ledger_sum["NetLiquidationByCurrency"]


def test_the_totals_are_the_sums_of_the_currencies() -> None:
    books = busy()
    rate = books.rate("EUR", FRIDAY_NOON)
    base, dollars, euros = (lines(books, currency) for currency in ("BASE", "USD", "EUR"))
    for key in ("CashBalance", "StockMarketValue", "OptionMarketValue", "UnrealizedPnL", "RealizedPnL"):
        assert base[key] == dollars[key] + (euros[key] * rate).quantize(D("0.01"))


def test_segments_add_up_to_the_whole() -> None:
    found = lines(busy())
    both = {key[:-2] for key in found if key.endswith("-C")}
    assert len(both) > 20
    for key in both:
        assert found[key] == found[f"{key}-S"] + found[f"{key}-C"]
    assert found["NetLiquidation-C"] > 0


def test_funds_follow_from_equity_and_margin() -> None:
    found = lines(busy())
    equity = found["EquityWithLoanValue"]
    assert found["AvailableFunds"] == equity - found["InitMarginReq"]
    assert found["ExcessLiquidity"] == equity - found["MaintMarginReq"]
    lower = min(equity, found["PreviousDayEquityWithLoanValue"])
    assert found["BuyingPower"] == 4 * (lower - found["InitMarginReq"])
    assert found["SMA"] == found["RegTEquity"] - found["RegTMargin"]


def test_the_cushion_is_what_may_be_lost() -> None:
    books = busy()
    found = lines(books)
    cushion = next(each.text for each in books.values(FRIDAY_NOON) if each.key == "Cushion")
    assert abs(D(cushion) - found["ExcessLiquidity"] / found["NetLiquidation"]) < D("0.000001")


def test_each_currency_and_their_sum_have_the_same_lines_in_ibs_order() -> None:
    found = values.ledger_lines(busy().statement(FRIDAY_NOON))
    blocks = [[each.key for each in found if each.currency == c] for c in ("EUR", "USD", "BASE")]
    assert blocks[0] == blocks[1] == blocks[2]
    assert [each.currency for each in found][:: len(blocks[0])] == ["EUR", "USD", "BASE"]


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not here")
def test_the_lines_are_those_that_tws_sent_in_its_order() -> None:
    ours, theirs = ledger().values(FRIDAY_NOON), list[tuple[str, str]]()
    for row in RECORDED.read_text().splitlines():
        fields = json.loads(row)["raw"].split("\0")
        if fields[0] == "6":
            theirs.append((fields[2], fields[4].replace("GBP", "USD")))
    assert [(each.key, each.currency) for each in ours if each.currency != "EUR"] == theirs

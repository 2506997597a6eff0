"""The lines of the account window, by the keys that IB sends.

The keys, their order and which of them come for each segment (``-S`` securities, ``-C`` commodities) are
those of a recorded session. What this account never has (bonds, funds, dividends) is 0.00 there and here.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from simulator.account.marks import BASE
from simulator.account.statement import Balance, Statement
from simulator.exchange.api import ZERO


class Value(msgspec.Struct, frozen=True):
    """One line; IB gives every value as text."""

    key: str
    text: str
    currency: str = ""


def window_lines(statement: Statement) -> list[Value]:
    """What a subscription to account updates sends: all lines by key, then currency."""
    lines = {(each.key, each.currency): each for each in account_lines(statement)}
    for each in ledger_lines(statement):
        if each.key != "Cryptocurrency":
            lines.setdefault((each.key, each.currency), each)
    return [lines[key] for key in sorted(lines)]


def account_lines(statement: Statement) -> list[Value]:
    """The lines of the account as a whole and of its segments, by key."""
    return sorted((*_texts(statement), *_totals(statement)), key=lambda each: each.key)


def ledger_lines(statement: Statement) -> list[Value]:
    """The lines of each currency, and of all together as ``BASE``, in IB's order."""
    balances = sorted(statement.balances, key=lambda each: each.currency)
    return [line for each in (*balances, statement.total) for line in _ledger(statement.account, each)]


def _texts(statement: Statement) -> Iterator[Value]:
    """What is no amount. Nothing limits day trades, as for accounts of more than 25,000 dollars."""
    leverage = statement.gross / statement.net_liquidation if statement.net_liquidation > 0 else ZERO
    texts = {
        "AccountCode": statement.account,
        "AccountReady": "true",
        "AccountType": "INDIVIDUAL",
        "ColumnPrio-C": "2",
        "ColumnPrio-S": "1",
        "Cushion": _short(statement.cushion, 6, 0),
        "DayTradingStatus-S": f"::false:{statement.excess:.2f}:",
        "Leverage-S": f"{leverage:.2f}",
        "LookAheadNextChange": "0",
        "NLVAndMarginInReview": "false",
        "SegmentTitle-C": "US Commodities",
        "SegmentTitle-S": "US Securities",
        "TradingType-S": "STKNOPT",
        "WhatIfPMEnabled": "true",
    }
    for key, text in texts.items():
        yield Value(key, text)
    for days in ("", "T+1", "T+2", "T+3", "T+4"):
        yield Value(f"DayTradesRemaining{days}", "-1")


def _totals(statement: Statement) -> Iterator[Value]:
    for key, (securities, commodities) in _segmented(statement).items():
        yield _amount(key, securities + commodities)
        yield _amount(f"{key}-C", commodities)
        yield _amount(f"{key}-S", securities)
    for key, amount in _securities_only(statement).items():
        yield _amount(key, amount)
        yield _amount(f"{key}-S", amount)
    yield _amount("BuyingPower", statement.buying_power)
    yield _amount("NetLiquidationUncertainty", ZERO)


def _segmented(statement: Statement) -> dict[str, tuple[Decimal, Decimal]]:
    """Amounts of securities and commodities. IB keeps in the latter no more cash than their margin."""
    cash = statement.futures.initial
    net, equity = statement.net_liquidation - cash, statement.equity - cash
    initial = (statement.securities.initial, statement.futures.initial)
    maintenance = (statement.securities.maintenance, statement.futures.maintenance)
    available = (equity - initial[0], cash - initial[1])
    excess = (equity - maintenance[0], cash - maintenance[1])
    amounts = {
        "EquityWithLoanValue": (equity, cash),
        "NetLiquidation": (net, cash),
        "TotalCashValue": (statement.total.cash - cash, cash),
    }
    # What the exchanges will ask at the close, and without intraday relief, is what they ask now.
    for prefix in ("", "Full", "LookAhead"):
        amounts[f"{prefix}AvailableFunds"] = available
        amounts[f"{prefix}ExcessLiquidity"] = excess
        amounts[f"{prefix}InitMarginReq"] = initial
        amounts[f"{prefix}MaintMarginReq"] = maintenance
    return amounts | dict.fromkeys(_NEVER_SEGMENTED, (ZERO, ZERO))


def _securities_only(statement: Statement) -> dict[str, Decimal]:
    return {
        "GrossPositionValue": statement.gross,
        "PreviousDayEquityWithLoanValue": statement.previous_equity,
        "RegTEquity": statement.net_liquidation,
        "RegTMargin": statement.overnight,
        "SMA": statement.net_liquidation - statement.overnight,
    }


_NEVER_SEGMENTED = (
    "AccruedCash",
    "AccruedDividend",
    "Billable",
    "Guarantee",
    "IndianStockHaircut",
    "PASharesValue",
    "PhysicalCertificateValue",
    "PostExpirationExcess",
    "PostExpirationMargin",
    "TotalDebitCardPendingCharges",
)


def _ledger(account: str, balance: Balance) -> Iterator[Value]:
    never = "0.00"
    lines = {
        "Currency": balance.currency,
        "CashBalance": f"{balance.cash:.2f}",
        "TotalCashBalance": f"{balance.cash:.2f}",
        "AccruedCash": never,
        "StockMarketValue": f"{balance.stock:.2f}",
        "OptionMarketValue": f"{balance.option:.2f}",
        "FutureOptionValue": never,
        "FuturesPNL": f"{balance.futures:.2f}",
        "NetLiquidationByCurrency": f"{balance.net:.2f}",
        "UnrealizedPnL": f"{balance.unrealised:.2f}",
        "RealizedPnL": f"{balance.realised:.2f}",
        "ExchangeRate": _short(balance.rate, 7, 2),
        "FundValue": never,
        "NetDividend": never,
        "MutualFundValue": never,
        "MoneyMarketFundValue": never,
        "CorporateBondValue": never,
        "TBondValue": never,
        "TBillValue": never,
        "WarrantValue": never,
        "FxCashBalance": never,
        "AccountOrGroup": account,
        "RealCurrency": balance.currency,
        "IssuerOptionValue": never,
        "Cryptocurrency": f"{balance.crypto:.2f}" if balance.crypto else "",
    }
    for key, text in lines.items():
        yield Value(key, text, balance.currency)


def _amount(key: str, amount: Decimal) -> Value:
    return Value(key, f"{amount:.2f}", BASE)


def _short(value: Decimal, most: int, least: int) -> str:
    """Decimals as IB writes rates: no more zeros than needed.

    >>> _short(Decimal("1.0825000"), 7, 2), _short(Decimal(1), 7, 2), _short(Decimal("1"), 6, 0)
    ('1.0825', '1.00', '1')
    """
    whole, _, decimals = f"{value:.{most}f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole

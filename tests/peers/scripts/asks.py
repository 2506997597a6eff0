"""Every request of IB's client, with what answers it.

An `Ask` calls the client; `answers` are the callbacks of which one has to come. An ask without answers is
met with silence unless something is wrong.
"""

from typing import NamedTuple

from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter

from tests.peers.scripts.calls import (
    ACCOUNT_TAGS,
    Asker,
    Call,
    bracket,
    calendar,
    cancel_all,
    cancel_last,
    exercise,
    history,
    modify,
    past_ticks,
    place,
    plain,
    scan,
    ticks,
    with_account,
    with_contract,
    with_id,
)


class Ask(NamedTuple):
    """`since` is the server version from which clients can ask this, `ends` the ask whose id it ends.

    `of` names the contract for which the simulated market has an answer.
    """

    name: str
    call: Call
    answers: tuple[str, ...] = ()
    since: int = 0
    ends: str = ""
    of: str = "stock"


def make(asker: Asker, ask: Ask, what: Contract) -> int:
    """Ask under a new id, or under the id of what it ends, and give the id."""
    if ask.ends:
        asker.request_id = asker.ids.get(ask.ends, 0)
    else:
        asker.request_id = asker.ids[ask.name] = 1_000 + next(asker.count)
    ask.call(asker, what)
    return asker.request_id


_TICK = ("tickPrice", "tickSize", "tickString", "tickGeneric", "tickOptionComputation")
_PAST = ("historicalTicks", "historicalTicksBidAsk", "historicalTicksLast")
_ORDER = ("openOrder", "orderStatus")

SESSION = (
    Ask("current time", plain("reqCurrentTime"), ("currentTime",)),
    Ask("milliseconds", plain("reqCurrentTimeInMillis"), ("currentTimeInMillis",), since=197),
    Ask("ids", plain("reqIds", 1), ("nextValidId",)),
    Ask("accounts", plain("reqManagedAccts"), ("managedAccounts",)),
    Ask("user info", with_id("reqUserInfo"), ("userInfo",), since=167),
    Ask("log level", plain("setServerLogLevel", 2)),
)
ACCOUNT = (
    Ask("summary", with_id("reqAccountSummary", "All", ACCOUNT_TAGS), ("accountSummaryEnd",)),
    Ask("end of summary", with_id("cancelAccountSummary"), ends="summary"),
    Ask(
        "account updates",
        lambda asker, what: asker.client.reqAccountUpdates(True, asker.account),
        ("accountDownloadEnd",),
    ),
    Ask("end of account updates", lambda asker, what: asker.client.reqAccountUpdates(False, asker.account)),
    Ask("updates multi", with_account("reqAccountUpdatesMulti", "", False), ("accountUpdateMultiEnd",)),
    Ask("end of updates multi", with_id("cancelAccountUpdatesMulti"), ends="updates multi"),
    Ask("positions", plain("reqPositions"), ("positionEnd",)),
    Ask("end of positions", plain("cancelPositions")),
    Ask("positions multi", with_account("reqPositionsMulti", ""), ("positionMultiEnd",)),
    Ask("end of positions multi", with_id("cancelPositionsMulti"), ends="positions multi"),
    Ask("profit", with_account("reqPnL", ""), ("pnl",)),
    Ask("end of profit", with_id("cancelPnL"), ends="profit"),
    Ask("profit of one", with_account("reqPnLSingle", "", 265598), ("pnlSingle",)),
    Ask("end of profit of one", with_id("cancelPnLSingle"), ends="profit of one"),
    Ask("family codes", plain("reqFamilyCodes"), ("familyCodes",)),
)
REFERENCE = (
    Ask("details", with_contract("reqContractDetails"), ("contractDetailsEnd",)),
    Ask("symbols", with_id("reqMatchingSymbols", "AAP"), ("symbolSamples",)),
    Ask(
        "option chain",
        with_id("reqSecDefOptParams", "AAPL", "", "STK", 265598),
        ("securityDefinitionOptionParameterEnd",),
    ),
    Ask("market rule", plain("reqMarketRule", 26), ("marketRule",)),
    Ask("components", with_id("reqSmartComponents", "9c0001"), ("smartComponents",)),
    Ask("depth exchanges", plain("reqMktDepthExchanges"), ("mktDepthExchanges",)),
    Ask("soft dollars", with_id("reqSoftDollarTiers"), ("softDollarTiers",)),
    Ask("head", with_contract("reqHeadTimeStamp", "TRADES", 0, 1), ("headTimestamp",)),
    Ask("end of head", with_id("cancelHeadTimeStamp"), ends="head"),
    Ask("histogram", with_contract("reqHistogramData", False, "1 day"), ("histogramData",)),
    Ask("display groups", with_id("queryDisplayGroups"), ("displayGroupList",)),
    Ask("display group", with_id("subscribeToGroupEvents", 1), ("displayGroupUpdated",)),
    Ask("choice for a group", with_id("updateDisplayGroup", "265598@SMART"), ends="display group"),
    Ask("end of display group", with_id("unsubscribeFromGroupEvents"), ends="display group"),
    Ask("end of histogram", with_id("cancelHistogramData"), ends="histogram"),
)
MARKET = (
    Ask("any data type", plain("reqMarketDataType", 4)),
    Ask("live data", plain("reqMarketDataType", 1)),
    Ask("line", with_contract("reqMktData", "233,236,318", False, False, []), _TICK),
    Ask("greeks", with_contract("reqMktData", "100,101,104,106", False, False, []), _TICK),
    Ask("end of line", with_id("cancelMktData"), ends="line"),
    Ask("snapshot", with_contract("reqMktData", "", True, False, []), ("tickSnapshotEnd",)),
    Ask(
        "depth",
        with_contract("reqMktDepth", 5, False, []),
        ("updateMktDepth",),
        of="future",
    ),
    Ask("end of depth", with_id("cancelMktDepth", False), ends="depth"),
    Ask("makers", with_contract("reqMktDepth", 5, False, []), ("updateMktDepthL2",), of="direct"),
    Ask("end of makers", with_id("cancelMktDepth", False), ends="makers"),
    Ask("smart depth", with_contract("reqMktDepth", 5, True, []), ("updateMktDepthL2",)),
    Ask("end of smart depth", with_id("cancelMktDepth", True), ends="smart depth"),
    Ask("bars of 5 s", with_contract("reqRealTimeBars", 5, "TRADES", False, []), ("realtimeBar",)),
    Ask("midpoint bars of 5 s", with_contract("reqRealTimeBars", 5, "MIDPOINT", False, []), ("realtimeBar",)),
    Ask("end of bars of 5 s", with_id("cancelRealTimeBars"), ends="bars of 5 s"),
    Ask("every trade", ticks("AllLast", past=10), ("tickByTickAllLast", *_PAST)),
    Ask("last trades", ticks("Last"), ("tickByTickAllLast",), of="future"),
    Ask("quotes", ticks("BidAsk"), ("tickByTickBidAsk",), of="forex"),
    Ask("midpoints", ticks("MidPoint", past=5), ("tickByTickMidPoint", *_PAST), of="crypto"),
    Ask("end of ticks", with_id("cancelTickByTickData"), ends="every trade"),
    Ask(
        "implied volatility",
        with_contract("calculateImpliedVolatility", 20.0, 270.0, []),
        ("tickOptionComputation",),
        of="option",
    ),
    Ask("end of implied volatility", with_id("cancelCalculateImpliedVolatility"), ends="implied volatility"),
    Ask(
        "option price",
        with_contract("calculateOptionPrice", 0.3, 270.0, []),
        ("tickOptionComputation",),
        of="option",
    ),
    Ask("end of option price", with_id("cancelCalculateOptionPrice"), ends="option price"),
)
HISTORY = (
    Ask("minutes", history("TRADES", "1 min", "3600 S"), ("historicalDataEnd",)),
    Ask("days", history("TRADES", "1 day", "1 M"), ("historicalDataEnd",)),
    Ask("midpoint hours", history("MIDPOINT", "1 hour", "1 W"), ("historicalDataEnd",)),
    Ask("bid and ask", history("BID_ASK", "5 mins", "1 D"), ("historicalDataEnd",)),
    Ask("bars of 10 s", history("TRADES", "10 secs", "600 S"), ("historicalDataEnd",)),
    Ask("schedule", history("SCHEDULE", "1 day", "1 M"), ("historicalSchedule",), since=165),
    Ask("running bars", history("TRADES", "1 min", "600 S", keep=True), ("historicalDataUpdate",)),
    # TWS says 162 once it has cancelled a query.
    Ask("end of history", with_id("cancelHistoricalData"), ("error",), ends="running bars"),
    Ask("past trades", past_ticks("TRADES"), _PAST),
    Ask("past quotes", past_ticks("BID_ASK"), _PAST),
    Ask("past midpoints", past_ticks("MIDPOINT"), _PAST),
)
ORDERS = (
    Ask("market order", place(), _ORDER),
    Ask("sale", place(action="SELL"), _ORDER),
    Ask("resting order", place(kind="LMT", lmtPrice=1.0, tif="GTC"), _ORDER),
    Ask("modification", modify, _ORDER),
    Ask("cancellation", cancel_last, ("orderStatus",)),
    Ask("limit at once", place(kind="LMT", lmtPrice=1.0, tif="IOC"), _ORDER),
    Ask("limit at any price", place(kind="LMT", lmtPrice=90_000.0, quantity=10_000, tif="FOK"), _ORDER),
    Ask("stop", place(action="SELL", kind="STP", auxPrice=1.0, outsideRth=True), _ORDER),
    Ask("stop limit", place(kind="STP LMT", auxPrice=90_000.0, lmtPrice=90_001.0), _ORDER),
    Ask("trail", place(action="SELL", kind="TRAIL", auxPrice=5.0), _ORDER),
    Ask("percent trail", place(action="SELL", kind="TRAIL", trailingPercent=3.0), _ORDER),
    Ask(
        "trail limit",
        place(action="SELL", kind="TRAIL LIMIT", auxPrice=5.0, lmtPriceOffset=0.5, trailStopPrice=100.0),
        _ORDER,
    ),
    Ask("at the close", place(kind="MOC"), _ORDER),
    Ask("limit at the close", place(kind="LOC", lmtPrice=100.0), _ORDER),
    Ask("if touched", place(kind="MIT", auxPrice=1.0), _ORDER),
    Ask("limit if touched", place(kind="LIT", auxPrice=1.0, lmtPrice=1.01), _ORDER),
    Ask(
        "one of a group",
        place(kind="LMT", lmtPrice=1.0, ocaGroup="group", ocaType=1, orderRef="mine"),
        _ORDER,
    ),
    Ask("what if", place(whatIf=True), ("openOrder",)),
    Ask("unknown kind", place(kind="NONSENSE"), ("error",)),
    Ask("bracket", bracket, _ORDER),
    Ask("open orders", plain("reqOpenOrders"), ("openOrderEnd",)),
    Ask("all open orders", plain("reqAllOpenOrders"), ("openOrderEnd",)),
    Ask("automatic orders", plain("reqAutoOpenOrders", False)),
    Ask("completed orders", plain("reqCompletedOrders", False), ("completedOrdersEnd",)),
    Ask(
        "executions",
        lambda asker, what: asker.client.reqExecutions(asker.request_id, ExecutionFilter()),
        ("execDetailsEnd",),
    ),
    # Every order that it ends is told of, and then its 202.
    Ask("global cancel", cancel_all, ("orderStatus", "error")),
)
# Nothing of these is simulated; each is refused in words, or has an empty answer.
REFUSED = (
    Ask("exercise", exercise, ("error",)),
    Ask("scan", scan, ("error",)),
    Ask("scanner parameters", plain("reqScannerParameters"), ("error",)),
    Ask("fundamentals", with_contract("reqFundamentalData", "ReportSnapshot", []), ("error",)),
    Ask("news providers", plain("reqNewsProviders"), ("newsProviders", "error")),
    Ask("news article", with_id("reqNewsArticle", "BRFG", "BRFG$1", []), ("error",)),
    Ask(
        "past news",
        with_id("reqHistoricalNews", 265598, "BRFG", "", "", 10, []),
        ("historicalNewsEnd", "error"),
    ),
    Ask("bulletins", plain("reqNewsBulletins", True)),
    Ask("end of bulletins", plain("cancelNewsBulletins")),
    Ask("advisor", plain("requestFA", 1), ("error",)),
    Ask("calendar", with_id("reqWshMetaData"), ("error",), since=161),
    Ask("calendar events", calendar, ("error",), since=161),
)
ASKS = (*SESSION, *ACCOUNT, *REFERENCE, *MARKET, *HISTORY, *ORDERS, *REFUSED)

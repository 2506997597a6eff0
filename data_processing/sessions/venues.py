"""Which rule a contract trades by.

Where extended hours differ from product to product (options, commodities, most exchanges of futures) there is
none: what the broker tells is all that is known then.
"""

from data_processing.sessions.rules import Daily, Exchange, Rule
from market.instrument import Instrument

# Shares trade from 04:00 to 20:00 New York, on half days to 17:00.
_US = Exchange("XNYS", before=330, after=240)
# IB's overnight venue, to ten minutes before the early session of the shares.
_OVERNIGHT = Daily("America/New_York", -240, 230, calendar="XNYS", regular=())
# The spot market: from Sunday evening to Friday 17:00 New York, with a break of 15 minutes each day.
_FOREX = Daily("America/New_York", -405, 1020, holidays=((1, 1), (12, 25)))
_CRYPTO = Daily("America/New_York", 0, 1440, weekdays=7)
# The calendar's half days are those of the equity index futures; others trade longer then, some of them to
# the usual close, and what their regular hours are differs.
_CME = Daily("America/Chicago", -420, 960, calendar="CMES", regular=())
_CME_INDEX = Daily("America/Chicago", -420, 960, calendar="CMES", half_days=True, regular=(510, 900))
_INDEX_FUTURES = frozenset(["ES", "MES", "NQ", "MNQ", "RTY", "M2K", "EMD", "YM", "MYM"])
_FUTURES: dict[str, Rule] = {
    **dict.fromkeys(("CME", "GLOBEX", "CBOT", "ECBOT", "NYMEX", "COMEX"), _CME),
    "CFE": Daily("America/Chicago", -420, 960, calendar="XCBF", regular=()),
    **dict.fromkeys(("EUREX", "DTB"), Daily("Europe/Berlin", 60, 1320, calendar="XEUR", regular=())),
}
_AMERICAN = (
    "NYSE NASDAQ NASDAQ.NMS NASDAQ.SCM ISLAND ARCA AMEX BATS BYX BEX IEX EDGEA DRCTEDGE PSX CHX NYSENAT "
    "PEARL MEMX LTSE PINK OTCLNKECN"
)
_CALENDARS = {
    "IBIS": "XETR", "IBIS2": "XETR", "FWB": "XFRA", "FWB2": "XFRA", "SWB": "XSTU", "SWB2": "XSTU",
    "LSE": "XLON", "LSEETF": "XLON", "SBF": "XPAR", "AEB": "XAMS", "ENEXT.BE": "XBRU", "BVL": "XLIS",
    "BVME": "XMIL", "BVME.ETF": "XMIL", "BM": "XMAD", "EBS": "XSWX", "VSE": "XWBO", "SFB": "XSTO",
    "CPH": "XCSE", "HEX": "XHEL", "OSE": "XOSL", "WSE": "XWAR", "PRA": "XPRA", "BUX": "XBUD",
    "JSE": "XJSE", "TSE": "XTSE", "VENTURE": "XTSE", "MEXI": "XMEX", "TSEJ": "XTKS", "SEHK": "XHKG",
    "ASX": "XASX", "KSE": "XKRX", "TWSE": "XTAI",
}  # fmt: skip
_SHARES: dict[str, Rule] = {
    **dict.fromkeys(_AMERICAN.split(), _US),
    **{exchange: Exchange(calendar) for exchange, calendar in _CALENDARS.items()},
    "OVERNIGHT": _OVERNIGHT,
}
# To 16:15 New York, when the options on them close.
_INDICES: dict[str, Rule] = {
    **dict.fromkeys(("NYSE", "NASDAQ", "CBOE", "ARCA", "AMEX"), Exchange("XCBF")),
    **dict.fromkeys(("DTB", "EUREX", "IBIS"), Exchange("XETR")),
}


def rule_of(instrument: Instrument, source: str) -> Rule | None:
    """The rule of a contract in the data of `source`; `None` where nobody but the broker knows.

    >>> aapl = Instrument(contract_id=1, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")
    >>> rule_of(aapl, "ib").calendar, rule_of(aapl, "sim-1-consistent-24h").weekdays
    ('XNYS', 7)
    """
    # A simulated market that never closes says so in the name of its source; of a file nobody knows.
    if source.endswith("-24h"):
        return Daily(instrument.time_zone or "UTC", 0, 1440, weekdays=7)
    if source.startswith("replay-"):
        return None
    venue = instrument.exchange if instrument.exchange == "OVERNIGHT" else _home(instrument)
    if instrument.sec_type == "FUT" and instrument.symbol in _INDEX_FUTURES:
        return _CME_INDEX
    tables = {"STK": _SHARES, "IND": _INDICES, "FUT": _FUTURES, "CONTFUT": _FUTURES}
    always = {"CASH": _FOREX, "CRYPTO": _CRYPTO}
    return always.get(instrument.sec_type) or tables.get(instrument.sec_type, {}).get(venue)


def _home(instrument: Instrument) -> str:
    """The exchange whose days count; shares in dollars that are routed by SMART are American."""
    if instrument.primary_exchange:
        return instrument.primary_exchange
    american = (instrument.exchange, instrument.sec_type, instrument.currency) == ("SMART", "STK", "USD")
    return "NYSE" if american else instrument.exchange

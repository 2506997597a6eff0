"""The contracts that the simulated gateway knows, with what the market generator must know of each.

Contract ids, exchanges, ticks and multipliers are the real ones where they are publicly known; the others are
made-up numbers that look alike. Prices are near those of early 2026 and mean nothing.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from market.instrument import Instrument
from market.times import parse
from simulator.model.api import Listing

Entitlement = Literal["live", "delayed", "none"]
Kind = Literal["us", "index", "xetra", "cme", "forex", "crypto"]
"""Which trading hours a contract keeps, see `simulator.model.sessions`."""

_US = "SMART AMEX NYSE CBOE PHLX ISE CHX ARCA NASDAQ DRCTEDGE BEX BATS EDGEA BYX IEX EDGX PEARL MEMX"
_OPTION = "SMART AMEX CBOE PHLX PSE ISE BOX BATS NASDAQOM CBOE2 MIAX EDGX"
_QUOTES = ("MIDPOINT", "BID", "ASK", "BID_ASK")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How a contract trades.

    `path` names the random walk it follows (contracts that share one move together) and `level` the price
    where that walk is at home; `volatility` is a year's, as a fraction. `rate` is the number of trades in a
    regular minute (of quote changes where nothing trades), `size` the mean trade, `spread` in ticks.
    `lot` is the round lot, `unit` how many sizes make one: a power of two, so that sums of sizes are exact.
    """

    kind: Kind
    path: str
    level: float
    volatility: float
    rate: float
    size: float
    spread: int = 1
    lot: int = 1
    unit: int = 1


class Member(msgspec.Struct, frozen=True):
    """One contract of the universe."""

    listing: Listing
    profile: Profile


def universe(entitlement: Entitlement | None = None) -> Sequence[Member]:
    """Every contract; `entitlement` overrides what the account may see of each."""
    members = (*_stocks(), *_european_stocks(), *_forex(), *_futures(), *_options(), _index(), *_crypto())
    if entitlement is None:
        return members
    return [
        Member(msgspec.structs.replace(each.listing, entitlement=entitlement), each.profile)
        for each in members
    ]


def unlisted_stock(symbol: str, contract_id: int, head: int, level: float, min_tick: float) -> Member:
    """A US stock that the universe does not have, for a replayed file."""
    stock = _us_stock(contract_id, symbol, f"{symbol} (REPLAYED)", "NASDAQ")
    instrument = msgspec.structs.replace(stock, min_tick=min_tick)
    profile = Profile(
        kind="us", path=symbol, level=level, volatility=0.35, rate=30, size=120, spread=2, lot=100
    )
    return Member(Listing(instrument=instrument, head=head), profile)


def _us_stock(contract_id: int, symbol: str, name: str, primary: str) -> Instrument:
    return Instrument(
        contract_id=contract_id,
        symbol=symbol,
        sec_type="STK",
        exchange="SMART",
        currency="USD",
        primary_exchange=primary,
        local_symbol=symbol,
        trading_class="NMS" if primary == "NASDAQ" else symbol,
        name=name,
        time_zone="America/New_York",
        valid_exchanges=tuple(_US.split()),
        market_rule_ids=(26,) * len(_US.split()),
    )


def _stocks() -> Sequence[Member]:
    table = (
        (265598, "AAPL", "APPLE INC", "NASDAQ", "2000-01-03", 265.0, 0.28, 78, 140, 1),
        (3691937, "AMZN", "AMAZON.COM INC", "NASDAQ", "2000-01-03", 228.0, 0.32, 70, 120, 1),
        (76792991, "TSLA", "TESLA INC", "NASDAQ", "2010-06-29", 420.0, 0.55, 90, 110, 2),
        (272093, "MSFT", "MICROSOFT CORP", "NASDAQ", "2000-01-03", 480.0, 0.24, 60, 80, 2),
        (4815747, "NVDA", "NVIDIA CORP", "NASDAQ", "2000-01-03", 185.0, 0.45, 100, 180, 1),
        (8314, "IBM", "INTL BUSINESS MACHINES CORP", "NYSE", "2000-01-03", 295.0, 0.24, 14, 60, 4),
        (2840214, "SAP", "SAP SE-SPONSORED ADR", "NYSE", "2000-01-03", 245.0, 0.27, 6, 50, 6),
    )
    members = [
        Member(
            Listing(instrument=_us_stock(number, symbol, name, primary), head=parse(head)),
            Profile(
                kind="us",
                path=symbol,
                level=level,
                volatility=volatility,
                rate=rate,
                size=size,
                spread=spread,
                lot=100,
            ),
        )
        for number, symbol, name, primary, head, level, volatility, rate, size, spread in table
    ]
    fund = _us_stock(756733, "SPY", "SPDR S&P 500 ETF TRUST", "ARCA")
    profile = Profile(kind="us", path="SPX", level=690.0, volatility=0.16, rate=95, size=210, lot=100)
    return [*members, Member(Listing(instrument=fund, head=parse("2000-01-03")), profile)]


def _european_stocks() -> Sequence[Member]:
    table: tuple[tuple[int, str, str, str, str, float, float, float, Entitlement], ...] = (
        (78046366, "RHM", "RHEINMETALL AG", "IBIS", "IBIS", 1600.0, 0.42, 6, "live"),
        (14121, "SAP", "SAP SE", "IBIS", "IBIS", 210.0, 0.27, 12, "delayed"),
        (14094, "BMW", "BAYERISCHE MOTOREN WERKE AG", "IBIS", "IBIS", 92.0, 0.26, 8, "none"),
        (81234517, "RHM", "RHEINMETALL AG", "FWB2", "FWB2", 1600.0, 0.42, 1, "live"),
    )
    return [
        Member(
            Listing(
                instrument=Instrument(
                    contract_id=number,
                    symbol=symbol,
                    sec_type="STK",
                    exchange="SMART" if venue == "IBIS" else venue,
                    currency="EUR",
                    primary_exchange=primary,
                    local_symbol=symbol,
                    trading_class="XETRA" if venue == "IBIS" else "FWB",
                    name=name,
                    min_tick=0.5 if level > 1000 else 0.02,
                    time_zone="Europe/Berlin",
                    valid_exchanges=("SMART", "IBIS", "IBIS2", "TGATE") if venue == "IBIS" else (venue,),
                    market_rule_ids=(1869,) * (4 if venue == "IBIS" else 1),
                ),
                head=parse("2000-01-03"),
                entitlement=entitlement,
            ),
            Profile(
                kind="xetra",
                path=symbol,
                level=level,
                volatility=volatility,
                rate=rate,
                size=30,
                spread=3,
            ),
        )
        for number, symbol, name, venue, primary, level, volatility, rate, entitlement in table
    ]


def _forex() -> Sequence[Member]:
    table = (
        (12087792, "EUR", "USD", "European Monetary Union Euro", 1.17, 0.08, 0.00005, 239),
        (12087797, "GBP", "USD", "British pound", 1.34, 0.08, 0.00005, 239),
        (15016059, "USD", "JPY", "United States dollar", 155.0, 0.10, 0.005, 59),
    )
    return [
        Member(
            Listing(
                instrument=Instrument(
                    contract_id=number,
                    symbol=base,
                    sec_type="CASH",
                    exchange="IDEALPRO",
                    currency=quote,
                    local_symbol=f"{base}.{quote}",
                    trading_class=f"{base}.{quote}",
                    name=name,
                    min_tick=tick,
                    time_zone="America/New_York",
                    valid_exchanges=("IDEALPRO",),
                    market_rule_ids=(rule,),
                ),
                head=parse("2005-03-13T22:15"),
                what=_QUOTES,
                fractional=True,
            ),
            _forex_profile(base + quote, level, volatility),
        )
        for number, base, quote, name, level, volatility, tick, rule in table
    ]


def _forex_profile(path: str, level: float, volatility: float) -> Profile:
    """An even spread: the walk is the midpoint, and both sides must lie on the tick."""
    return Profile(
        kind="forex",
        path=path,
        level=level,
        volatility=volatility,
        rate=26,
        size=1_000_000,
        spread=2,
        lot=250_000,
    )


def _futures() -> Sequence[Member]:
    """Quarterly index futures: each expiry sits a little higher on its index, as interest has it."""
    names = {"ES": "E-mini S&P 500", "NQ": "E-mini NASDAQ 100"}
    table = (
        (495512563, "ES", "ESZ5", "20251219", "SPX", 6850.0, 0.16),
        (649180695, "ES", "ESZ6", "20261218", "SPX", 6960.0, 0.16),
        (654503314, "ES", "ESH7", "20270319", "SPX", 7025.0, 0.16),
        (731650443, "ES", "ESZ7", "20271217", "SPX", 7210.0, 0.16),
        (563947726, "NQ", "NQZ6", "20261218", "NDX", 25700.0, 0.22),
        (672387415, "NQ", "NQH7", "20270319", "NDX", 25950.0, 0.22),
        (750150193, "NQ", "NQZ7", "20271217", "NDX", 26700.0, 0.22),
    )
    return [
        Member(
            Listing(
                instrument=Instrument(
                    contract_id=number,
                    symbol=symbol,
                    sec_type="FUT",
                    exchange="CME",
                    currency="USD",
                    local_symbol=local,
                    trading_class=symbol,
                    name=names[symbol],
                    expiry=expiry,
                    multiplier=50.0 if symbol == "ES" else 20.0,
                    min_tick=0.25,
                    time_zone="America/Chicago",
                    valid_exchanges=("CME",),
                    market_rule_ids=(67,),
                ),
                head=parse(f"{int(expiry[:4]) - 2}-{expiry[4:6]}-01"),
            ),
            Profile(kind="cme", path=path, level=level, volatility=volatility, rate=110, size=8),
        )
        for number, symbol, local, expiry, path, level, volatility in table
    ]


def _options() -> Sequence[Member]:
    """Options on AAPL; their prices follow the stock's walk, see `simulator.model.minutes`."""
    table = (
        (711280067, "20261218", 250.0, "C"),
        (711280071, "20261218", 250.0, "P"),
        (711280094, "20261218", 280.0, "C"),
        (711280098, "20261218", 280.0, "P"),
        (749312258, "20270115", 270.0, "C"),
        (749312301, "20270115", 270.0, "P"),
        (784201366, "20280121", 270.0, "C"),
        (784201412, "20280121", 270.0, "P"),
    )
    return [
        Member(
            Listing(
                instrument=Instrument(
                    contract_id=number,
                    symbol="AAPL",
                    sec_type="OPT",
                    exchange="SMART",
                    currency="USD",
                    local_symbol=f"AAPL  {expiry[2:]}{right}{int(strike * 1000):08d}",
                    trading_class="AAPL",
                    name="APPLE INC",
                    expiry=expiry,
                    strike=strike,
                    right=right,
                    multiplier=100.0,
                    min_tick=0.01,
                    time_zone="America/New_York",
                    valid_exchanges=tuple(_OPTION.split()),
                    market_rule_ids=(32,) * len(_OPTION.split()),
                ),
                head=parse(f"{int(expiry[:4]) - 2}-09-01"),
                tick_by_tick=False,
            ),
            Profile(kind="index", path="AAPL", level=265.0, volatility=0.28, rate=1.2, size=9, spread=5),
        )
        for number, expiry, strike, right in table
    ]


def _index() -> Member:
    instrument = Instrument(
        contract_id=416904,
        symbol="SPX",
        sec_type="IND",
        exchange="CBOE",
        currency="USD",
        local_symbol="SPX",
        trading_class="SPX",
        name="S&P 500 Stock Index",
        time_zone="America/Chicago",
        valid_exchanges=("CBOE",),
        market_rule_ids=(1,),
    )
    listing = Listing(instrument=instrument, head=parse("2000-01-03"), what=("TRADES",), tick_by_tick=False)
    return Member(listing, Profile(kind="index", path="SPX", level=6900.0, volatility=0.16, rate=30, size=0))


def _crypto() -> Sequence[Member]:
    table = (
        (479624278, "BTC", "Bitcoin cryptocurrency", 90000.0, 0.50, 0.25, 2422, 24, 0.12, 20),
        (495759171, "ETH", "Ethereum cryptocurrency", 3100.0, 0.65, 0.01, 2423, 18, 1.6, 40),
    )
    return [
        Member(
            Listing(
                instrument=Instrument(
                    contract_id=number,
                    symbol=symbol,
                    sec_type="CRYPTO",
                    exchange="PAXOS",
                    currency="USD",
                    local_symbol=f"{symbol}.USD",
                    trading_class=symbol,
                    name=name,
                    min_tick=tick,
                    time_zone="America/New_York",
                    valid_exchanges=("PAXOS",),
                    market_rule_ids=(rule,),
                ),
                head=parse("2021-03-15"),
                fractional=True,
            ),
            # 2**-8 is the finest power of two that IB's eight decimals can write.
            Profile(
                kind="crypto",
                path=symbol,
                level=level,
                volatility=volatility,
                rate=rate,
                size=size,
                spread=spread,
                unit=256,
            ),
        )
        for number, symbol, name, level, volatility, tick, rule, rate, size, spread in table
    ]

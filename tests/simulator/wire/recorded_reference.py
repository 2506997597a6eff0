"""Recorded messages about contracts, books and options, decoded into the values our encoders take."""

from collections.abc import Mapping
from decimal import Decimal

from market.instrument import Instrument
from simulator.wire import contract_messages, depth_messages, option_messages, reference_messages
from simulator.wire.contract_messages import Details
from simulator.wire.depth_messages import DepthMarket
from simulator.wire.option_messages import Computation
from simulator.wire.reference_messages import Chain
from tests.simulator.wire.recorded_values import Reader, Values


def _details(version: int, values: Values) -> bytes:
    request_id, symbol, sec_type, last_trade = values.integer(), values.text(), values.text(), values.text()
    strike, right, exchange, currency = values.number(), values.text(), values.text(), values.text()
    local_symbol, market_name, trading_class = values.text(), values.text(), values.text()
    contract_id, min_tick, multiplier = values.integer(), values.number(), values.text()
    order_types, valid_exchanges, _magnifier = values.text(), values.text(), values.integer()
    under_id, name, primary, _month = values.integer(), values.text(), values.text(), values.text()
    classification = values.text(), values.text(), values.text()
    zone, hours, liquid = values.text(), values.text(), values.text()
    _value_rule = values.text(), values.text()
    ids = tuple((values.text(), values.text()) for _ in range(values.integer()))
    _group, under_symbol, under_type, rules = values.text(), values.text(), values.text(), values.text()
    expiry, stock_type = values.text(), values.text()
    instrument = Instrument(
        contract_id=contract_id,
        symbol=symbol,
        sec_type=sec_type,
        exchange=exchange,
        currency=currency,
        primary_exchange=primary,
        local_symbol=local_symbol,
        trading_class=trading_class,
        name=name,
        expiry=expiry,
        strike=strike or None,
        right=right,
        multiplier=float(multiplier or 1),
        min_tick=min_tick,
        market_rule_ids=tuple(map(int, filter(None, rules.split(",")))),
        valid_exchanges=tuple(valid_exchanges.split(",")),
    )
    details = Details(
        instrument=instrument,
        exchange=exchange,
        time_zone=zone,
        trading_hours=hours,
        liquid_hours=liquid,
        last_trade=last_trade,
        order_types=order_types,
        under_symbol=under_symbol,
        under_sec_type=under_type,
        under_contract_id=under_id,
        market_name=market_name,
        classification=classification,
        security_ids=ids,
        stock_type=stock_type,
        min_size=values.number(),
        size_increment=values.number(),
        suggested_increment=values.number(),
    )
    return contract_messages.contract_details(version, request_id, details)


def _details_end(version: int, values: Values) -> bytes:
    values.integer()
    return contract_messages.contract_details_end(version, values.integer())


def _symbols(version: int, values: Values) -> bytes:
    request_id = values.integer()
    found = [_symbol(values, named=version >= 176) for _ in range(values.integer())]
    return contract_messages.symbol_samples(version, request_id, found)


def _symbol(values: Values, *, named: bool) -> tuple[Instrument, list[str]]:
    contract_id, symbol, sec_type = values.integer(), values.text(), values.text()
    primary, currency = values.text(), values.text()
    derivatives = [values.text() for _ in range(values.integer())]
    name, _issuer = (values.text(), values.text()) if named else ("", "")
    instrument = Instrument(
        contract_id=contract_id,
        symbol=symbol,
        sec_type=sec_type,
        exchange="",
        primary_exchange=primary,
        currency=currency,
        name=name,
    )
    return instrument, derivatives


def _chain(version: int, values: Values) -> bytes:
    request_id, exchange, underlying = values.integer(), values.text(), values.integer()
    trading_class, multiplier = values.text(), values.number()
    expiries = [values.text() for _ in range(values.integer())]
    strikes = [values.number() for _ in range(values.integer())]
    chain = Chain(exchange, underlying, trading_class, multiplier, expiries, strikes)
    return reference_messages.option_chain(version, request_id, chain)


def _chain_end(version: int, values: Values) -> bytes:
    return reference_messages.option_chain_end(version, values.integer())


def _pairs(values: Values) -> list[tuple[str, str]]:
    return [(values.text(), values.text()) for _ in range(values.integer())]


def _families(version: int, values: Values) -> bytes:
    return reference_messages.family_codes(version, _pairs(values))


def _providers(version: int, values: Values) -> bytes:
    return reference_messages.news_providers(version, _pairs(values))


def _news_end(version: int, values: Values) -> bytes:
    return reference_messages.historical_news_end(version, values.integer(), more=values.flag())


def _depth_exchanges(version: int, values: Values) -> bytes:
    rows = [
        DepthMarket(values.text(), values.text(), values.text(), values.text(), values.integer())
        for _ in range(values.integer())
    ]
    return depth_messages.depth_exchanges(version, rows)


def _histogram(version: int, values: Values) -> bytes:
    request_id = values.integer()
    rows = [(values.number(), values.number()) for _ in range(values.integer())]
    return reference_messages.histogram(version, request_id, rows)


def _rule(version: int, values: Values) -> bytes:
    rule = values.integer()
    ladder = [(_step(values), _step(values)) for _ in range(values.integer())]
    return reference_messages.market_rule(version, rule, ladder)


def _step(values: Values) -> Decimal:
    return Decimal(str(values.number())).normalize()


def _schedule(version: int, values: Values) -> bytes:
    request_id, span, zone = values.integer(), (values.text(), values.text()), values.text()
    sessions = [(values.text(), values.text(), values.text()) for _ in range(values.integer())]
    return reference_messages.historical_schedule(version, request_id, span, zone, sessions)


def _groups(version: int, values: Values) -> bytes:
    values.integer()
    return reference_messages.display_groups(version, values.integer(), values.text())


def _group(version: int, values: Values) -> bytes:
    values.integer()
    return reference_messages.display_group_updated(version, values.integer(), values.text())


def _depth(version: int, values: Values) -> bytes:
    values.integer()
    row = (values.integer(), values.integer(), values.integer(), values.integer())
    return depth_messages.depth_row(version, *row, values.number(), values.number())


def _maker_depth(version: int, values: Values) -> bytes:
    values.integer()
    request_id, position, maker = values.integer(), values.integer(), values.text()
    operation, side = values.integer(), values.integer()
    price, sized, smart = values.number(), values.number(), values.flag()
    return depth_messages.maker_row(
        version, request_id, position, maker, operation, side, price, sized, smart=smart
    )


def _computation(version: int, values: Values) -> bytes:
    if version < 156:
        values.integer()
    request_id, tick = values.integer(), values.integer()
    price_based = values.flag() if version >= 156 else False
    computed = Computation(
        volatility=values.number(),
        delta=values.number(),
        price=values.number(),
        dividends=values.number(),
        gamma=values.number(),
        vega=values.number(),
        theta=values.number(),
        under_price=values.number(),
    )
    return option_messages.option_computation(version, request_id, tick, computed, price_based=price_based)


READERS: Mapping[int, Reader] = {
    10: _details,
    12: _depth,
    13: _maker_depth,
    21: _computation,
    52: _details_end,
    67: _groups,
    68: _group,
    75: _chain,
    76: _chain_end,
    78: _families,
    79: _symbols,
    80: _depth_exchanges,
    85: _providers,
    87: _news_end,
    89: _histogram,
    93: _rule,
    106: _schedule,
}

"""What options are worth: message 21."""

import msgspec

from simulator.wire.fields import Field, message
from simulator.wire.versions import PRICE_BASED_VOLATILITY

_DECIMALS = 10


class Computation(msgspec.Struct, frozen=True, kw_only=True):
    """Volatility a year, price, and the price's change: None is what cannot be computed.

    `delta` and `gamma` are by the underlying's price, `vega` by a percentage point of volatility, `theta` by
    a day. `dividends` is the present value of those until expiry.
    """

    volatility: float | None = None
    delta: float | None = None
    price: float | None = None
    dividends: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    under_price: float | None = None


def option_computation(
    version: int, request_id: int, tick: int, computed: Computation, *, price_based: bool = False
) -> bytes:
    """Message 21. IB writes -1 for a value that cannot be computed, but -2 where that could be one.

    From 156 on the layout has no version, and says whether the volatility is that of prices or of returns.
    """
    fields: list[Field] = [
        _known(computed.volatility, -1),
        _known(computed.delta, -2),
        _known(computed.price, -1),
        _known(computed.dividends, -1),
        _known(computed.gamma, -2),
        _known(computed.vega, -2),
        _known(computed.theta, -2),
        _known(computed.under_price, -1),
    ]
    if version < PRICE_BASED_VOLATILITY:
        return message(version, 21, 6, request_id, tick, *fields)
    return message(version, 21, request_id, tick, price_based, *fields)


def _known(value: float | None, missing: int) -> float | int:
    return missing if value is None else round(value, _DECIMALS)

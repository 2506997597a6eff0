"""Our encoders of the account's messages, fed with recorded fields behind the message id.

`reason` says of every recorded or hand-made frame that cannot come out the same why not.
"""

from collections.abc import Callable
from decimal import Decimal

from market.instrument import Instrument
from simulator.wire import account_messages as ours
from simulator.wire.versions import FRACTIONAL_SIZES

Fields = list[str]
D = Decimal

OLD_LAYOUT = "the first layouts of positions, which no server version of 151 and later sends"
NO_RIGHT = "hand-made: TWS writes right 0 in a portfolio row that has none"
WHOLE = "clients before 163 read a whole number, so that they get one"


def contract(f: Fields) -> Instrument:
    """Eleven fields from the contract id on."""
    return Instrument(
        contract_id=int(f[0]),
        symbol=f[1],
        sec_type=f[2],
        expiry=f[3],
        strike=float(f[4]) or None,
        right=f[5],
        multiplier=float(f[6] or 1),
        exchange=f[7],
        currency=f[8],
        local_symbol=f[9],
        trading_class=f[10],
    )


def _portfolio(version: int, f: Fields) -> bytes:
    quantity, price, value, cost, unrealised, realised = map(D, f[12:18])
    return ours.portfolio_value(
        version,
        contract(f[1:]),
        quantity,
        price=price,
        value=value,
        average_cost=cost,
        unrealised=unrealised,
        realised=realised,
        account=f[18],
    )


def _multi(version: int, f: Fields) -> bytes:
    return ours.position_multi(version, int(f[1]), f[2], contract(f[3:]), D(f[14]), D(f[15]), f[16])


ENCODERS: dict[int, Callable[[int, Fields], bytes]] = {
    6: lambda v, f: ours.account_value(v, *f[1:5]),
    7: _portfolio,
    8: lambda v, f: ours.account_time(v, f[1]),
    54: lambda v, f: ours.account_download_end(v, f[1]),
    61: lambda v, f: ours.position(v, f[1], contract(f[2:]), D(f[13]), D(f[14])),
    62: lambda v, f: ours.position_end(v),
    63: lambda v, f: ours.account_summary(v, int(f[1]), *f[2:6]),
    64: lambda v, f: ours.account_summary_end(v, int(f[1])),
    71: _multi,
    72: lambda v, f: ours.position_multi_end(v, int(f[1])),
    73: lambda v, f: ours.account_update_multi(v, int(f[1]), f[2], f[4], f[5], f[6], f[3]),
    74: lambda v, f: ours.account_update_multi_end(v, int(f[1])),
    94: lambda v, f: ours.pnl(v, int(f[0]), *map(D, f[1:4])),
    95: lambda v, f: ours.pnl_single(v, int(f[0]), *map(D, f[1:6])),
}


def reason(version: int, kind: int, f: Fields) -> str | None:
    """Why a frame cannot come out the same; None when it must."""
    if kind in (61, 71) and f[0] != "3":
        return OLD_LAYOUT
    if kind == 7 and f[6] == "":
        return NO_RIGHT
    if kind == 95 and version < FRACTIONAL_SIZES:
        return WHOLE
    return None

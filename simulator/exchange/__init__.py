"""Where simulated orders are matched against the simulated market, without a wire.

`api` has the words: tickets in, orders and fills out. Nothing here knows of messages or sockets, so that a
backtest can trade on it as well as the gateway.
"""

from simulator.exchange.api import (
    OPEN,
    ZERO,
    Account,
    Action,
    Commission,
    Fill,
    Kind,
    Listener,
    MarginPreview,
    Order,
    Status,
    Ticket,
    Tif,
)
from simulator.exchange.exchange import Exchange

__all__ = [
    "OPEN",
    "ZERO",
    "Account",
    "Action",
    "Commission",
    "Exchange",
    "Fill",
    "Kind",
    "Listener",
    "MarginPreview",
    "Order",
    "Status",
    "Ticket",
    "Tif",
]

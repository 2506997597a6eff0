"""The simulated market: what trades where, when, at which price; a pure function of seed and time.

Coarse to fine: `walk` gives the price at any minute, `minutes` what happened in each, `ticks` the prints and
quotes that make up a minute exactly, `bars` IB's bars of them. `feed` adds IB's own disagreements, `replay`
serves a file's market instead. `universe` says what there is, `sessions` when it trades.
"""

from simulator.model.api import BarData, Listing, MarketModel, QuoteTick, Session, TradeTick
from simulator.model.factory import Replay, generated, replayed
from simulator.model.universe import Entitlement

__all__ = [
    "BarData",
    "Entitlement",
    "Listing",
    "MarketModel",
    "QuoteTick",
    "Replay",
    "Session",
    "TradeTick",
    "generated",
    "replayed",
]

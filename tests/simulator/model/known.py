"""Contracts and times that the tests speak of."""

from market.bar_size import BarSize
from market.times import parse

AAPL, AMZN, IBM, RHM, SAP, EURUSD, ES, OPTION, SPX, BTC = (
    265598,
    3691937,
    8314,
    78046366,
    14121,
    12087792,
    649180695,
    711280067,
    416904,
    479624278,
)
RHM_FRANKFURT = 81234517
EVERY_KIND = (AAPL, IBM, RHM, EURUSD, ES, OPTION, SPX, BTC)
TRADED = tuple(each for each in EVERY_KIND if each != EURUSD)
LATER = parse("2026-11-01")
"""Long after everything that the tests ask for."""

SECOND_5, MINUTE_1, MINUTE_5, HOUR_1, DAY_1 = (BarSize.parse(each) for each in ("5s", "1m", "5m", "1h", "1D"))

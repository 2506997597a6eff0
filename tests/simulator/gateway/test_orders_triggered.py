"""Orders that wait for a price: stops, trailing stops, touches.

How to read a row stands in `order_scenario`.
"""

import pytest

from tests.simulator.gateway.order_scenario import Scene

SCENARIOS = [
    (
        "a stop becomes a market order at its trigger",
        "1 place 1 BUY 100 STP stop=150.10; 3 trade 150.05; 4 quote 150.08 150.12; 5 trade 150.10",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.12 O.Fil S.Fil C",
    ),
    (
        "so does a stop of a sale",
        "1 place 1 SELL 100 STP stop=149.90; 3 quote 149.86 149.90; 4 trade 149.88",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.86 O.Fil S.Fil C",
    ),
    (
        "a stop waits while the trigger is not reached",
        "1 place 1 SELL 100 STP stop=149.90; 4 trade 149.91",
        "O.Pre S.Pre O.Pre S.Pre",
    ),
    (
        "a triggered stop limit rests at its limit",
        "1 place 1 BUY 100 STP_LMT 150.05 stop=150.10; 3 quote 150.08 150.12; 4 trade 150.10; 6 quote "
        "150.03 150.05",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.05 O.Fil S.Fil C",
    ),
    (
        "a triggered stop limit takes what its limit allows",
        "1 place 1 BUY 100 STP_LMT 150.20 stop=150.10; 3 quote 150.08 150.12; 4 trade 150.10",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.12 O.Fil S.Fil C",
    ),
    (
        "a stop can be cancelled",
        "1 place 1 BUY 100 STP stop=150.10; 3 cancel 1",
        "O.Pre S.Pre O.Pre S.Pre S.Pen S.Can E202",
    ),
    (
        "a changed stop waits at its new trigger",
        "1 place 1 BUY 100 STP stop=150.10; 3 place 1 BUY 100 STP stop=150.05; 4 quote 150.04 150.06; 5 "
        "trade 150.06",
        "O.Pre S.Pre O.Pre S.Pre O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.06 O.Fil S.Fil C",
    ),
    (
        "a stop good till cancelled outlives the day",
        "1 place 1 BUY 100 STP stop=150.10 tif=GTC; 14401 wait",
        "O.Pre S.Pre O.Pre S.Pre",
    ),
    (
        "a gap costs a stop its price",
        "1 place 1 SELL 100 STP stop=149.90; 3 quote 148.00 148.10; 4 trade 148.00",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@148 O.Fil S.Fil C",
    ),
    (
        "a trailing stop follows the market up",
        "0.5 trade 150.00; 1 place 1 SELL 100 TRAIL stop=0.50; 3 trade 150.60; 4 quote 150.08 150.12; 5 "
        "trade 150.10",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.08 O.Fil S.Fil C",
    ),
    (
        "a trailing stop of a purchase follows it down",
        "0.5 trade 150.00; 1 place 1 BUY 100 TRAIL stop=0.50; 3 trade 149.40; 4 quote 149.88 149.92; 5 "
        "trade 149.90",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.92 O.Fil S.Fil C",
    ),
    (
        "a trail can be in percent",
        "0.5 trade 150.00; 1 place 1 SELL 100 TRAIL trail_percent=1; 3 trade 152.00; 4 quote 150.40 "
        "150.50; 5 trade 150.45",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.4 O.Fil S.Fil C",
    ),
    (
        "a trailing stop limit fills within its offset",
        "0.5 trade 150.00; 1 place 1 SELL 100 TRAIL_LIMIT stop=0.50 trail_stop=149.50 limit_offset=0.10; "
        "3 trade 150.60; 4 quote 150.08 150.12; 5 trade 150.10",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.08 O.Fil S.Fil C",
    ),
    (
        "a trailing stop limit rests where the market went beyond",
        "0.5 trade 150.00; 1 place 1 SELL 100 TRAIL_LIMIT stop=0.50 trail_stop=149.50 limit_offset=0.10; "
        "3 trade 150.60; 4 quote 149.80 149.90; 5 trade 149.85; 7 quote 150.01 150.03",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150 O.Fil S.Fil C",
    ),
    (
        "a trailing stop waits as long as the market stays within",
        "0.5 trade 150.00; 1 place 1 SELL 100 TRAIL stop=0.50; 3 trade 150.60; 5 trade 150.11",
        "O.Pre S.Pre O.Pre S.Pre",
    ),
    (
        "a touched order becomes a market order",
        "1 place 1 BUY 100 MIT stop=149.90; 3 quote 149.88 149.92; 4 trade 149.90",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.92 O.Fil S.Fil C",
    ),
    (
        "an untouched order waits",
        "1 place 1 SELL 100 MIT stop=150.10; 3 trade 150.09",
        "O.Pre S.Pre O.Pre S.Pre",
    ),
    (
        "a touched limit takes the market",
        "1 place 1 BUY 100 LIT 149.95 stop=149.90; 3 quote 149.88 149.92; 4 trade 149.90",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.92 O.Fil S.Fil C",
    ),
    (
        "a touched limit rests at its limit",
        "1 place 1 BUY 100 LIT 149.85 stop=149.90; 3 quote 149.88 149.92; 4 trade 149.90; 6 trade 149.84",
        "O.Pre S.Pre O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.85 O.Fil S.Fil C",
    ),
]


@pytest.mark.parametrize(("name", "steps", "seen"), SCENARIOS, ids=[row[0] for row in SCENARIOS])
def test_a_triggered_order(name: str, steps: str, seen: str) -> None:
    assert Scene().play(steps) == seen

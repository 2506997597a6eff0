"""Changes and cancels.

How to read a row stands in `order_scenario`.
"""

import pytest

from tests.simulator.gateway.order_scenario import Scene

SCENARIOS = [
    (
        "a new price is repeated",
        "1 place 1 BUY 100 LMT 149.90; 3 place 1 BUY 100 LMT 149.95",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub",
    ),
    (
        "a limit order can become a market order",
        "1 place 1 BUY 100 LMT 149.90; 3 place 1 BUY 100 MKT",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "a new quantity is what fills",
        "1 place 1 BUY 100 LMT 149.90; 3 place 1 BUY 50 LMT 149.90; 5 trade 149.90",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub O.Fil S.Fil X.50@149.9 O.Fil S.Fil C",
    ),
    (
        "a change of a filled order is ignored without a word",
        "1 place 1 BUY 100 MKT; 3 place 1 BUY 100 LMT 149.90",
        "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "the id of a cancelled order is used up",
        "1 place 1 BUY 100 LMT 149.90; 3 cancel 1; 5 place 1 BUY 100 LMT 149.90",
        "O.Pre S.Pre O.Sub S.Sub S.Pen S.Can E202 E103",
    ),
    (
        "a change of side is refused",
        "1 place 1 BUY 100 LMT 149.90; 3 place 1 SELL 100 LMT 150.90",
        "O.Pre S.Pre O.Sub S.Sub E105",
    ),
    (
        "a change below what is filled is refused",
        "1 place 1 BUY 100 LMT 149.90; 2 trade 149.9 60; 3 place 1 BUY 50 LMT 149.90",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub(60) X.60@149.9 O.Sub S.Sub(60) C E104",
    ),
    (
        "a cancel goes through its two states",
        "1 place 1 BUY 100 LMT 149.00; 3 cancel 1",
        "O.Pre S.Pre O.Sub S.Sub S.Pen S.Can E202",
    ),
    (
        "a cancel may come before the market has the order",
        "1 place 1 BUY 100 LMT 149.00; 1 cancel 1",
        "O.Pre S.Pre S.Pen S.Can E202",
    ),
    (
        "a second cancel comes too early",
        "1 place 1 BUY 100 LMT 149.00; 3 cancel 1; 3 cancel 1",
        "O.Pre S.Pre O.Sub S.Sub E161 S.Pen S.Can E202",
    ),
    (
        "or too late",
        "1 place 1 BUY 100 LMT 149.00; 3 cancel 1; 4 cancel 1",
        "O.Pre S.Pre O.Sub S.Sub S.Pen S.Can E202 E10148",
    ),
    (
        "a filled order cannot be cancelled",
        "1 place 1 BUY 100 MKT; 3 cancel 1",
        "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C E10148",
    ),
    (
        "an unknown order cannot be cancelled",
        "1 cancel 7",
        "7E10147",
    ),
    (
        "what has not filled is cancelled",
        "1 place 1 BUY 100 LMT 149.90; 2 trade 149.9 60; 3 cancel 1",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub(60) X.60@149.9 O.Sub S.Sub(60) C S.Pen(60) S.Can(60) E202",
    ),
    (
        "everything is cancelled at once",
        "1 place 1 BUY 100 LMT 149.00; 1 place 2 SELL 50 LMT 151; 3 cancel_all",
        "O.Pre S.Pre 2O.Pre 2S.Pre O.Sub S.Sub 2O.Sub 2S.Sub S.Pen 2S.Pen S.Can E202 2S.Can 2E202",
    ),
]


@pytest.mark.parametrize(("name", "steps", "seen"), SCENARIOS, ids=[row[0] for row in SCENARIOS])
def test_a_change(name: str, steps: str, seen: str) -> None:
    assert Scene().play(steps) == seen

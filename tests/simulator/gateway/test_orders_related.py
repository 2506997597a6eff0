"""Orders held back, brackets, one-cancels-all groups.

How to read a row stands in `order_scenario`.
"""

import pytest

from tests.simulator.gateway.order_scenario import Scene

SCENARIOS = [
    (
        "an order that is not transmitted is met with silence",
        "1 place 1 BUY 100 LMT 149.00 transmit=0",
        "",
    ),
    (
        "it lives when it is sent again",
        "1 place 1 BUY 100 LMT 149.00 transmit=0; 3 place 1 BUY 100 LMT 149.00",
        "O.Pre S.Pre O.Sub S.Sub",
    ),
    (
        "a profit taken cancels the stop",
        "1 place 1 BUY 100 MKT transmit=0; 1 place 2 SELL 100 LMT 150.50 parent_id=1 transmit=0; 1 place "
        "3 SELL 100 STP stop=149.50 parent_id=1; 5 quote 150.50 150.52",
        "O.Pre S.Pre 2O.Pre 2S.Pre 3O.Pre 3S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C 2O.Sub 2S.Sub "
        "3O.Pre 3S.Pre 2X.100@150.5 2O.Fil 2S.Fil 2O.Fil C 3S.Pen 3S.Can 3E202",
    ),
    (
        "a loss stopped cancels the profit",
        "1 place 1 BUY 100 MKT transmit=0; 1 place 2 SELL 100 LMT 150.50 parent_id=1 transmit=0; 1 place "
        "3 SELL 100 STP stop=149.50 parent_id=1; 5 quote 149.48 149.52; 6 trade 149.50",
        "O.Pre S.Pre 2O.Pre 2S.Pre 3O.Pre 3S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C 2O.Sub 2S.Sub "
        "3O.Pre 3S.Pre 3O.Sub 3S.Sub 3O.Fil 3S.Fil 3X.100@149.48 3O.Fil 3S.Fil C 2S.Pen 2S.Can 2E202",
    ),
    (
        "a cancelled parent takes its children along",
        "1 place 1 BUY 100 LMT 149.90 transmit=0; 1 place 2 SELL 100 LMT 150.50 parent_id=1 transmit=0; 1 "
        "place 3 SELL 100 STP stop=149.50 parent_id=1; 3 cancel 1",
        "O.Pre S.Pre 2O.Pre 2S.Pre 3O.Pre 3S.Pre O.Sub S.Sub S.Pen S.Can 2S.Pen 3S.Pen E202 2S.Can 2E202 "
        "3S.Can 3E202",
    ),
    (
        "children work for as much as the parent filled",
        "1 place 1 BUY 100 LMT 149.90 transmit=0; 1 place 2 SELL 100 LMT 150.50 parent_id=1; 3 trade "
        "149.90 40; 5 quote 150.50 150.52",
        "O.Pre S.Pre 2O.Pre 2S.Pre O.Sub S.Sub O.Sub S.Sub(40) X.40@149.9 O.Sub S.Sub(40) C 2O.Sub 2S.Sub "
        "2X.40@150.5 2O.Sub 2S.Sub(40) C",
    ),
    (
        "a child needs its parent",
        "1 place 2 SELL 100 LMT 150.50 parent_id=9",
        "2E135",
    ),
    (
        "one fill cancels the others of a group",
        "1 place 1 BUY 100 LMT 149.90 oca_group=g oca_type=1; 1 place 2 SELL 100 LMT 150.10 oca_group=g "
        "oca_type=1; 3 trade 149.90",
        "O.Pre S.Pre 2O.Pre 2S.Pre O.Sub S.Sub 2O.Sub 2S.Sub O.Fil S.Fil X.100@149.9 O.Fil S.Fil C 2S.Pen "
        "2S.Can 2E202",
    ),
    (
        "one fill reduces the others of a group",
        "1 place 1 BUY 100 LMT 149.90 oca_group=g oca_type=3; 1 place 2 BUY 100 LMT 149.80 oca_group=g "
        "oca_type=3; 3 trade 149.90 40",
        "O.Pre S.Pre 2O.Pre 2S.Pre O.Sub S.Sub 2O.Sub 2S.Sub O.Sub S.Sub(40) X.40@149.9 O.Sub S.Sub(40) C "
        "2O.Sub 2S.Sub",
    ),
    (
        "a cancel of one cancels the others",
        "1 place 1 BUY 100 LMT 149.90 oca_group=g oca_type=1; 1 place 2 SELL 100 LMT 150.10 oca_group=g "
        "oca_type=1; 3 cancel 1",
        "O.Pre S.Pre 2O.Pre 2S.Pre O.Sub S.Sub 2O.Sub 2S.Sub S.Pen 2S.Pen S.Can E202 2S.Can 2E202",
    ),
]


@pytest.mark.parametrize(("name", "steps", "seen"), SCENARIOS, ids=[row[0] for row in SCENARIOS])
def test_related_orders(name: str, steps: str, seen: str) -> None:
    assert Scene().play(steps) == seen

"""Orders by the clock: sessions, closing auctions, times in force.

How to read a row stands in `order_scenario`.
"""

import pytest

from tests.simulator.gateway.order_scenario import Scene

SCENARIOS = [
    (
        "a day order ends with the session",
        "1 place 1 BUY 100 LMT 149.90; 14401 wait",
        "O.Pre S.Pre O.Sub S.Sub S.Can",
    ),
    (
        "a GTC order outlives it",
        "1 place 1 BUY 100 LMT 149.90 tif=GTC; 14401 wait",
        "O.Pre S.Pre O.Sub S.Sub",
    ),
    (
        "a day order for extended hours ends with those",
        "1 place 1 BUY 100 LMT 149.90 outside_rth=1; 14401 wait; 21601 wait",
        "O.Pre S.Pre O.Sub S.Sub S.Can",
    ),
    (
        "an order that comes after hours waits, with a warning",
        "14500 quote 149.98 150.02; 14501 place 1 BUY 100 LMT 150.02",
        "O.Pre S.Pre E399",
    ),
    (
        "an order for extended hours trades in them",
        "14500 quote 149.98 150.02; 14501 place 1 BUY 100 LMT 150.02 outside_rth=1",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "it trades when the next session opens",
        "14500 quote 149.98 150.02; 14501 place 1 BUY 100 LMT 150.02 tif=GTC; 250201 quote 149.98 150.02",
        "O.Pre S.Pre E399 O.Sub S.Sub O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "an immediate order does not wait for the opening",
        "14500 quote 149.98 150.02; 14501 place 1 BUY 100 LMT 150.02 tif=IOC",
        "O.Pre S.Pre E399 S.Pen S.Can",
    ),
    (
        "an order for the close gets the closing price",
        "1 place 1 BUY 100 MOC; 14399 trade 150.07; 14401 wait",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.07 O.Fil S.Fil C",
    ),
    (
        "a limit for the close gets it too",
        "1 place 1 BUY 100 LOC 150.10; 14399 trade 150.07; 14401 wait",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.07 O.Fil S.Fil C",
    ),
    (
        "a limit that the close does not reach ends",
        "1 place 1 BUY 100 LOC 150.00; 14399 trade 150.07; 14401 wait",
        "O.Pre S.Pre O.Sub S.Sub S.Can",
    ),
    (
        "an order for the close can be cancelled",
        "1 place 1 BUY 100 MOC; 5 cancel 1; 14401 wait",
        "O.Pre S.Pre O.Sub S.Sub S.Pen S.Can E202",
    ),
    (
        "after the close it waits for the next one",
        "14399 trade 150.07; 14401 place 1 BUY 100 MOC",
        "O.Pre S.Pre E399",
    ),
]


@pytest.mark.parametrize(("name", "steps", "seen"), SCENARIOS, ids=[row[0] for row in SCENARIOS])
def test_an_order_in_time(name: str, steps: str, seen: str) -> None:
    assert Scene().play(steps) == seen

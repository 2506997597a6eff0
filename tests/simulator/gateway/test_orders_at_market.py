"""Market and limit orders: what the client sees of their lives.

How to read a row stands in `order_scenario`.
"""

import pytest

from tests.simulator.gateway.order_scenario import Scene

SCENARIOS = [
    (
        "a market order takes the offer",
        "1 place 1 BUY 100 MKT",
        "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "a sale takes the bid",
        "1 place 1 SELL 100 MKT",
        "O.Pre S.Pre O.Fil S.Fil X.100@149.98 O.Fil S.Fil C",
    ),
    (
        "the second order's messages come in the other order",
        "1 place 1 BUY 100 MKT; 3 place 2 SELL 50 MKT",
        "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C 2O.Pre 2S.Pre 2X.50@149.98 2O.Fil 2S.Fil "
        "2O.Fil C",
    ),
    (
        "what the offer cannot give waits for the next one",
        "0 quote 149.98 150.02 300 60; 1 place 1 BUY 100 MKT; 3 quote 149.98 150.04",
        "O.Pre S.Pre O.Sub S.Sub(60) X.60@150.02 O.Sub S.Sub(60) C O.Fil S.Fil X.40@150.04 O.Fil S.Fil C",
    ),
    (
        "a market order waits while nobody quotes",
        "0 wait; 1 place 1 BUY 100 MKT; 3 quote 149.98 150.02",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "a market order waits for a halt to end",
        "1 halt; 2 place 1 BUY 100 MKT; 5 resume; 6 quote 149.97 150.01",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.01 O.Fil S.Fil C",
    ),
    (
        "an immediate market order ends with what is there",
        "0 quote 149.98 150.02 300 60; 1 place 1 BUY 100 MKT tif=IOC",
        "O.Pre S.Pre O.Sub S.Sub(60) X.60@150.02 O.Sub S.Sub(60) C S.Pen(60) S.Can(60)",
    ),
    (
        "a market order that must be whole is not for less",
        "0 quote 149.98 150.02 300 60; 1 place 1 BUY 100 MKT tif=FOK",
        "O.Pre S.Pre O.Ina S.Ina",
    ),
    (
        "a market order that must be whole gets all",
        "1 place 1 BUY 100 MKT tif=FOK",
        "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "a marketable limit takes the offer's price",
        "1 place 1 BUY 100 LMT 150.10",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "a limit rests below the market",
        "1 place 1 BUY 100 LMT 149.90",
        "O.Pre S.Pre O.Sub S.Sub",
    ),
    (
        "a resting limit fills at its price when offered",
        "1 place 1 BUY 100 LMT 149.90; 3 quote 149.85 149.88",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.9 O.Fil S.Fil C",
    ),
    (
        "a resting limit fills when traded through",
        "1 place 1 BUY 100 LMT 149.90; 3 trade 149.89 250",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.9 O.Fil S.Fil C",
    ),
    (
        "a print smaller than the order fills a part",
        "1 place 1 BUY 100 LMT 149.90; 3 trade 149.90 40",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub(40) X.40@149.9 O.Sub S.Sub(40) C",
    ),
    (
        "parts add up",
        "1 place 1 BUY 100 LMT 149.90; 3 trade 149.90 40; 5 trade 149.90 60",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub(40) X.40@149.9 O.Sub S.Sub(40) C O.Fil S.Fil X.60@149.9 "
        "O.Fil S.Fil C",
    ),
    (
        "a sale rests above",
        "1 place 1 SELL 100 LMT 150.10; 3 quote 150.12 150.14",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@150.1 O.Fil S.Fil C",
    ),
    (
        "a limit takes the offer in part and rests",
        "0 quote 149.98 150.02 300 60; 1 place 1 BUY 100 LMT 150.02",
        "O.Pre S.Pre O.Sub S.Sub O.Sub S.Sub(60) X.60@150.02 O.Sub S.Sub(60) C",
    ),
    (
        "an immediate limit ends with what is there",
        "0 quote 149.98 150.02 300 60; 1 place 1 BUY 100 LMT 150.02 tif=IOC",
        "O.Pre S.Pre O.Sub S.Sub(60) X.60@150.02 O.Sub S.Sub(60) C S.Pen(60) S.Can(60)",
    ),
    (
        "an immediate limit away from the market ends at once",
        "1 place 1 BUY 100 LMT 149.90 tif=IOC",
        "O.Pre S.Pre S.Pen S.Can",
    ),
    (
        "an order that must be whole gets all",
        "1 place 1 BUY 100 LMT 150.02 tif=FOK",
        "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C",
    ),
    (
        "an order that cannot be whole is inactive",
        "0 quote 149.98 150.02 300 60; 1 place 1 BUY 100 LMT 150.02 tif=FOK",
        "O.Pre S.Pre O.Ina S.Ina",
    ),
    (
        "an order good till a time ends then",
        "1 place 1 BUY 100 LMT 149.90 tif=GTD good_till=20260109-17:00:05; 8 wait",
        "O.Pre S.Pre O.Sub S.Sub S.Can",
    ),
    (
        "an order good till a time fills before it",
        "1 place 1 BUY 100 LMT 149.90 tif=GTD good_till=20260109-17:00:05; 3 trade 149.9",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.9 O.Fil S.Fil C",
    ),
    (
        "a halted contract does not fill a limit",
        "1 place 1 BUY 100 LMT 149.90; 2 halt; 3 trade 149.80; 4 resume; 5 trade 149.80",
        "O.Pre S.Pre O.Sub S.Sub O.Fil S.Fil X.100@149.9 O.Fil S.Fil C",
    ),
]


@pytest.mark.parametrize(("name", "steps", "seen"), SCENARIOS, ids=[row[0] for row in SCENARIOS])
def test_a_market_or_limit_order(name: str, steps: str, seen: str) -> None:
    assert Scene().play(steps) == seen

"""What a client is told: type x time in force x market x event, as a table.

Each market begins with a quote of 100.00 / 100.02 (300 each) and a last trade at 100.00. Seconds count from
noon; the regular session ends at 14400, the whole one at 21600. On Monday trading opens at 230400 and the
regular session at 250200.
"""

from typing import Any, NamedTuple

import pytest

from market.times import SECOND
from tests.simulator.exchange.bench import Bench
from tests.simulator.scripted_model import NOON, ScriptedModel

SELL = {"action": "SELL"}


class Case(NamedTuple):
    name: str
    order: dict[str, Any]
    market: str
    told: str
    until: float = 60
    at: float = 0


CASES = [
    Case("market", {}, "", "PreSubmitted, Filled 100@100.02"),
    Case("market sale", SELL, "", "PreSubmitted, Filled 100@100.00"),
    Case(
        "market beyond the size",
        {"quantity": "500"},
        "quote 5 100.00 100.04",
        "PreSubmitted, Submitted 300@100.02, Filled 200@100.04",
    ),
    Case(
        "the same quote again shows nothing new",
        {"quantity": "500"},
        "quote 5 99.99 100.02",
        "PreSubmitted, Submitted 300@100.02",
    ),
    Case(
        "market with prices that mean nothing",
        {"limit": "50.005", "stop": "0"},
        "",
        "PreSubmitted, Filled 100@100.02",
    ),
    Case(
        "stop with a limit that means nothing",
        {"kind": "STP", "stop": "100.40", "limit": "50"},
        "trade 5 100.40",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@100.02",
    ),
    Case("market IOC", {"tif": "IOC"}, "", "PreSubmitted, Filled 100@100.02"),
    Case(
        "market IOC beyond the size",
        {"tif": "IOC", "quantity": "500"},
        "",
        "PreSubmitted, Submitted 300@100.02, PendingCancel, Cancelled",
    ),
    Case("market FOK", {"tif": "FOK", "quantity": "300"}, "", "PreSubmitted, Filled 300@100.02"),
    Case("market FOK beyond the size", {"tif": "FOK", "quantity": "301"}, "", "PreSubmitted, Inactive"),
    Case(
        "market after the bell waits for the morning",
        {},
        "quote 250201 101 101.02",
        "PreSubmitted, Submitted, Filled 100@101.02",
        250300,
        at=15000,
    ),
    Case(
        "market outside regular hours",
        {"outside_rth": True},
        "quote 14990 101 101.02",
        "PreSubmitted, Filled 100@101.02",
        15001,
        at=15000,
    ),
    Case(
        "market IOC after the bell",
        {"tif": "IOC"},
        "",
        "PreSubmitted, PendingCancel, Cancelled",
        15001,
        at=15000,
    ),
    Case("market FOK after the bell", {"tif": "FOK"}, "", "PreSubmitted, Inactive", 15001, at=15000),
    Case("limit rests", {"kind": "LMT", "limit": "99"}, "", "PreSubmitted, Submitted"),
    Case(
        "limit at the touch",
        {"kind": "LMT", "limit": "100.02"},
        "",
        "PreSubmitted, Submitted, Filled 100@100.02",
    ),
    Case(
        "limit sale gets the better bid",
        {"kind": "LMT", "limit": "99", **SELL},
        "",
        "PreSubmitted, Submitted, Filled 100@100.00",
    ),
    Case(
        "limit takes again what is offered within it",
        {"kind": "LMT", "limit": "105", "quantity": "400"},
        "quote 5 100.03 100.05",
        "PreSubmitted, Submitted, Submitted 300@100.02, Filled 100@100.05",
    ),
    Case(
        "limit that rested fills at its own price",
        {"kind": "LMT", "limit": "99.50"},
        "quote 5 99 99.02",
        "PreSubmitted, Submitted, Filled 100@99.50",
    ),
    Case(
        "limit sale by a print above it",
        {"kind": "LMT", "limit": "101", **SELL},
        "trade 5 101.50 70; trade 6 101 70",
        "PreSubmitted, Submitted, Submitted 70@101, Filled 30@101",
    ),
    Case(
        "limit is not filled by a print before it came",
        {"kind": "LMT", "limit": "99.50"},
        "trade -1 99 100",
        "PreSubmitted, Submitted",
    ),
    Case(
        "limit is not filled by a quote before it came",
        {"kind": "LMT", "limit": "99.50"},
        "quote -5 99 99.02; quote -1 100 100.02",
        "PreSubmitted, Submitted",
    ),
    Case(
        "limit DAY ends with the regular session",
        {"kind": "LMT", "limit": "99"},
        "",
        "PreSubmitted, Submitted, Cancelled",
        14400,
    ),
    Case(
        "limit DAY outside regular hours ends with the whole session",
        {"kind": "LMT", "limit": "99", "outside_rth": True},
        "quote 20000 98 98.02",
        "PreSubmitted, Submitted, Filled 100@99",
        21600,
    ),
    Case(
        "limit GTC does not trade after the bell and gets the opening price on Monday",
        {"kind": "LMT", "limit": "99", "tif": "GTC"},
        "quote 15000 98 98.02; trade 15001 98; quote 230500 97 97.02; quote 250200 96 96.02",
        "PreSubmitted, Submitted, Filled 100@96.02",
        250300,
    ),
    Case(
        "limit GTD ends at its time",
        {"kind": "LMT", "limit": "99", "tif": "GTD", "good_till": NOON + 30 * SECOND},
        "quote 31 98 98.02",
        "PreSubmitted, Submitted, Cancelled",
    ),
    Case(
        "limit IOC rests nowhere",
        {"kind": "LMT", "limit": "99", "tif": "IOC"},
        "quote 5 98 98.02",
        "PreSubmitted, PendingCancel, Cancelled",
    ),
    Case(
        "limit IOC in part",
        {"kind": "LMT", "limit": "101", "tif": "IOC", "quantity": "400"},
        "",
        "PreSubmitted, Submitted 300@100.02, PendingCancel, Cancelled",
    ),
    Case("limit FOK", {"kind": "LMT", "limit": "101", "tif": "FOK"}, "", "PreSubmitted, Filled 100@100.02"),
    Case("limit FOK too far", {"kind": "LMT", "limit": "99", "tif": "FOK"}, "", "PreSubmitted, Inactive"),
    Case(
        "stop by the last trade",
        {"kind": "STP", "stop": "100.40"},
        "quote 3 100.50 100.52; trade 5 100.40",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@100.52",
    ),
    Case(
        "stop not by a print that sets no last price",
        {"kind": "STP", "stop": "100.40"},
        "odd 5 100.40",
        "PreSubmitted, PreSubmitted",
    ),
    Case(
        "stop sale below",
        {"kind": "STP", "stop": "99", **SELL},
        "trade 4 99.01; quote 5 98.50 98.52; trade 6 98.60",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@98.50",
    ),
    Case(
        "stop sleeps after the bell",
        {"kind": "STP", "stop": "99", "tif": "GTC", **SELL},
        "trade 15000 98; quote 250201 97 97.02; trade 250202 97",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@97",
        250300,
    ),
    Case(
        "stop limit becomes a limit",
        {"kind": "STP LMT", "stop": "100.40", "limit": "100.45"},
        "quote 4 100.48 100.50; trade 5 100.40; quote 6 100.42 100.44",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@100.45",
    ),
    Case(
        "stop limit never worse than its limit",
        {"kind": "STP LMT", "stop": "100.40", "limit": "100.45"},
        "quote 4 100.48 100.50; trade 5 100.41; trade 6 100.46",
        "PreSubmitted, PreSubmitted, Submitted",
    ),
    Case(
        "trailing sale follows upwards only",
        {"kind": "TRAIL", "stop": "1", **SELL},
        "trade 4 102; trade 5 101.01; quote 6 100.90 100.92; trade 7 101",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@100.90",
    ),
    Case(
        "trailing purchase by per cent",
        {"kind": "TRAIL", "trail_percent": "1"},
        "trade 4 98; trade 5 98.97; quote 6 99 99.02; trade 7 98.98",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@99.02",
    ),
    Case(
        "trailing sale from a given stop",
        {"kind": "TRAIL", "stop": "5", "trail_stop": "99.50", **SELL},
        "quote 4 99.40 99.42; trade 5 99.50",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@99.40",
    ),
    Case(
        "trailing limit by its offset",
        {"kind": "TRAIL LIMIT", "stop": "1", "limit_offset": "0.05", **SELL},
        "trade 4 102; quote 5 100.90 100.92; trade 6 101; quote 7 100.96 100.98",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@100.95",
    ),
    Case(
        "trailing limit by its prices",
        {"kind": "TRAIL LIMIT", "stop": "1", "trail_stop": "99", "limit": "98.90", **SELL},
        "trade 4 102; quote 5 100.89 101.00; trade 6 101; trade 7 100.95",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@100.90",
    ),
    Case(
        "market if touched",
        {"kind": "MIT", "stop": "99.50"},
        "quote 4 99.48 99.50; trade 5 99.50",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@99.50",
    ),
    Case(
        "market if touched sells above",
        {"kind": "MIT", "stop": "101", **SELL},
        "trade 4 100.99; quote 5 101.01 101.03; trade 6 101.02",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@101.01",
    ),
    Case(
        "limit if touched",
        {"kind": "LIT", "stop": "99.50", "limit": "99.40"},
        "quote 4 99.48 99.50; trade 5 99.50; quote 6 99.37 99.39",
        "PreSubmitted, PreSubmitted, Submitted, Filled 100@99.40",
    ),
    Case(
        "market on close",
        {"kind": "MOC", "quantity": "5000"},
        "trade 14399 103; trade 14400 110",
        "PreSubmitted, Submitted, Filled 5000@103",
        14400,
    ),
    Case(
        "limit on close at a good price",
        {"kind": "LOC", "limit": "104"},
        "trade 14399 103",
        "PreSubmitted, Submitted, Filled 100@103",
        14400,
    ),
    Case(
        "limit on close at a bad price",
        {"kind": "LOC", "limit": "102"},
        "trade 14399 103",
        "PreSubmitted, Submitted, Cancelled",
        14400,
    ),
    Case(
        "market on close after the bell is for Monday",
        {"kind": "MOC"},
        "trade 20000 103; trade 270000 104",
        "PreSubmitted, Submitted, Filled 100@104",
        280000,
        at=15000,
    ),
]


def market(script: str) -> ScriptedModel:
    model = ScriptedModel().quote(-60, 100.00, 100.02).trade(-30, 100.00)
    for line in filter(None, script.split("; ")):
        name, *texts = line.split()
        second, price, *more = map(float, texts)
        if name == "quote":
            model.quote(second, price, more[0])
        else:
            size = more[0] if more else 100.0
            model.trade(second, price, size, last=name == "trade")
    return model


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_order_lives_as_at_ib(case: Case) -> None:
    bench = Bench(market(case.market))
    bench.until(case.at)
    bench.place(**case.order)
    told = [line.removeprefix("1 ") for line in bench.until(case.until)]
    # Prices as IB shows them: 99.50 and 99.5 are the same.
    assert [_plain(line) for line in told] == [_plain(line) for line in case.told.split(", ")]


def _plain(line: str) -> str:
    head, at, price = line.partition("@")
    return f"{head}{at}{float(price)}" if at else head

from decimal import Decimal

from simulator.account.holding import Holding

D = Decimal


def test_an_average_spreads_the_cost_over_the_whole() -> None:
    held, realised = Holding(D(100), D(1000)).after(D(50), D(13), D(5))
    assert (held.average, realised) == (D(1655) / 150, None)


def test_a_short_is_bought_back_at_a_profit_when_the_price_fell() -> None:
    held, _ = Holding().after(D(-100), D(10), D(1))
    assert (held.quantity, held.average) == (D(-100), D("9.99"))
    held, realised = held.after(D(100), D(8), D(1))
    assert (held, realised) == (Holding(D(0), D(0)), D(198))


def test_what_is_closed_entirely_leaves_no_cost_behind() -> None:
    held = Holding(D(3), D(10))
    for _ in range(3):
        held, _realised = held.after(D(-1), D(4), D("0.35"))
    assert held == Holding(D(0), D(0))


def test_a_price_below_zero_is_a_price() -> None:
    held, _ = Holding().after(D(1), D(-37), D(2))
    assert held.cost == -35
    assert held.after(D(-1), D(-30), D(2))[1] == 3

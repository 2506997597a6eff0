from market.times import MINUTE, SECOND
from simulator.model.columns import QuoteRow, Ticks, TradeRow
from simulator.model.window import integers, rows_of, window

TICKS = Ticks(
    [TradeRow(5 * SECOND, 10, 3), TradeRow(20 * SECOND, 12, 1), TradeRow(40 * SECOND, 9, 2)],
    [QuoteRow(0, 9, 11, 1, 1), QuoteRow(15 * SECOND, 11, 13, 1, 1), QuoteRow(45 * SECOND, 8, 10, 1, 1)],
)


def test_a_window_adds_up_what_lies_in_it() -> None:
    rows = rows_of(0, [window(TICKS, 0, MINUTE), window(TICKS, 0, 20 * SECOND)])
    assert [column.tolist() for column in rows.trade] == [[10, 10], [12, 10], [9, 10], [9, 10]]
    assert (rows.prints.tolist(), rows.volume.tolist(), rows.turnover.tolist()) == ([3, 1], [6, 3], [60, 30])


def test_a_quote_that_stands_when_the_window_begins_is_in_it() -> None:
    rows = rows_of(0, [window(TICKS, 30 * SECOND, MINUTE)])
    assert [int(column[0]) for column in rows.bid] == [11, 11, 8, 8]
    assert rows.bid_average[0] == (11 + 8) / 2
    assert rows.span[0] == 0.5


def test_whole_numbers_beyond_64_bits_stay_exact() -> None:
    assert integers([2**70, 1]).sum() == 2**70 + 1

"""What leaves the process as text: the JSON objects that streams and the command line carry.

Every object says in `type` what it is: ``tick``, ``bar``, ``candle``, ``prediction``, ``mark``, ``depth``,
``order``, ``fill``, ``position``, ``value``, ``profit``, ``status``, ``problem``, and of the stream itself
``info``, ``gap``, ``error``. The outer `timestamp` is when *we* learned of it, to the millisecond; the times
inside are the exchange's.
"""

from ib_stream.wire.account import account_line
from ib_stream.wire.bars import bar_line, bar_message, candle_line
from ib_stream.wire.books import Book
from ib_stream.wire.marks import mark_line
from ib_stream.wire.news import error_line, gap_line, info_line, public, status_line
from ib_stream.wire.predictions import prediction_line
from ib_stream.wire.ticks import tick_line, tick_message

__all__ = [
    "Book",
    "account_line",
    "bar_line",
    "bar_message",
    "candle_line",
    "error_line",
    "gap_line",
    "info_line",
    "mark_line",
    "prediction_line",
    "public",
    "status_line",
    "tick_line",
    "tick_message",
]

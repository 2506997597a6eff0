"""Marks of a chart as JSON: one that is there, one that is gone, or all that are gone."""

import msgspec

from charting.marks import Change
from ib_stream.wire.encoding import milliseconds


def mark_line(change: Change, contract_id: int, now: int) -> bytes:
    """A change of a chart's marks as one line of JSON, without its line end.

    >>> mark_line("a", 7, 0)
    b'{"type":"mark","contract_id":7,"timestamp":"1970-01-01T00:00:00.000Z","data":{"gone":"a"}}'
    """
    data = {"cleared": True} if change is None else {"gone": change} if isinstance(change, str) else change
    head = {"type": "mark", "contract_id": contract_id, "timestamp": milliseconds(now)}
    return msgspec.json.encode({**head, "data": data})

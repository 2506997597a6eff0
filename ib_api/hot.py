"""Decode the messages that come by the thousand: prices, sizes, tick-by-tick, bars.

The reader thread hands over what it received; whole messages are read at their length, split once, and
turned into events and, where the user has overridden the callback, into a call with the installed library's
own types. Every other message goes to `cold`, the official decoder.
"""

import time
from collections.abc import Callable

from ib_api.framing import PREFIX, PREFIX_BYTES
from ib_api.hot_bars import bar_handlers
from ib_api.hot_handlers import tick_handlers
from ib_api.ib_callbacks import IBCallbacks
from ib_api.vendor_values import Handler, Overridden

_PROTOBUF_OFFSET = 200


class HotDecoder:
    """The decoder of one session.

    `overridden` answers the user's own method for a callback name, or `None`. `cold` gets the payload of any
    other message. Nothing that a message or a callback does ends the decoder: it is counted and reported.
    """

    def __init__(
        self,
        router: IBCallbacks,
        overridden: Overridden,
        cold: Callable[[bytes], None],
        server_version: int,
        raw_ids: bool,
    ) -> None:
        self.stopped = False
        self.messages = 0
        self._router = router
        self._cold = cold
        self._raw_ids = raw_ids
        self._handlers = tick_handlers(router, overridden) | bar_handlers(router, overridden, server_version)

    def feed(self, lump: bytes) -> int:
        """Decode the whole messages at the front of `lump`; answer how many bytes they take.

        The events of a lump share one receive time.
        """
        router, find, unpack = self._router, self._handlers.get, PREFIX.unpack_from
        router.received = time.time_ns()
        position, size, count = 0, len(lump), 0
        while size - position >= PREFIX_BYTES and not self.stopped:
            end = position + PREFIX_BYTES + unpack(lump, position)[0]
            if end > size:
                break
            payload = lump[position + PREFIX_BYTES : end]
            position = end
            count += 1
            if self._raw_ids:
                self._raw(payload)
                continue
            fields = payload.split(b"\0")
            handle = find(fields[0])
            if handle is None:
                self._cold(payload)
                continue
            try:
                handle(fields)
            except Exception:
                # A layout that we do not know; the official decoder may, and reports it if not.
                self._cold(payload)
        self.messages += count
        router.flush()
        return position

    def _raw(self, payload: bytes) -> None:
        """A message of server version 201 or later: four raw bytes of id before text or protobuf."""
        message_id = int.from_bytes(payload[:4], "big")
        handle: Handler | None = self._handlers.get(b"%d" % message_id)
        if handle is None or message_id > _PROTOBUF_OFFSET:
            self._cold(payload)
            return
        try:
            handle([b"", *payload[4:].split(b"\0")])
        except Exception:
            self._cold(payload)

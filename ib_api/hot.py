"""Decode the messages that come by the thousand: prices, sizes, tick-by-tick, books, bars.

The reader thread hands over what it received; whole messages are read at their length, split once, and
turned into events and, where the user has overridden the callback, into a call with the installed library's
own types. Every other message goes to `cold`, the official decoder.
"""

from collections.abc import Callable

from ib_api.framing import PREFIX, PREFIX_BYTES, frames
from ib_api.hot_bars import bar_handlers
from ib_api.hot_depth import depth_handlers
from ib_api.hot_handlers import tick_handlers
from ib_api.ib_callbacks import IBCallbacks
from ib_api.vendor_values import Overridden


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
        self._router = router
        self._cold = cold
        self._raw_ids = raw_ids
        self._handlers = (
            tick_handlers(router, overridden)
            | depth_handlers(router, overridden)
            | bar_handlers(router, overridden, server_version)
        )

    def feed(self, lump: bytes) -> int:
        """Decode the whole messages at the front of `lump`; answer how many bytes they take.

        The events of a lump share one receive time.
        """
        self._router.received = self._router.now()
        position = self._raw(lump) if self._raw_ids else self._text(lump)
        self._router.bytes_received += position
        self._router.flush()
        return position

    def _text(self, lump: bytes) -> int:
        """Messages that begin with their id as text; what is local here is looked up once per lump."""
        find, unpack, prefix = self._handlers.get, PREFIX.unpack_from, PREFIX_BYTES
        position, last = 0, len(lump) - prefix
        while position <= last and not self.stopped:
            start = position + prefix
            end = start + unpack(lump, position)[0]
            payload = lump[start:end]
            if len(payload) != end - start:
                break
            position = end
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
        return position

    def _raw(self, lump: bytes) -> int:
        """Messages of server version 201 or later: four raw bytes of id before text or protobuf."""
        position = 0
        for payload in frames(lump):
            if self.stopped:
                break
            position += PREFIX_BYTES + len(payload)
            handle = self._handlers.get(b"%d" % int.from_bytes(payload[:4], "big"))
            if handle is None:
                self._cold(payload)
                continue
            try:
                handle([b"", *payload[4:].split(b"\0")])
            except Exception:
                self._cold(payload)
        return position

"""Hand every event to whoever asked for its type: synchronous, in order, never raising."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from market.events import Event

log = logging.getLogger("truetick.bus")

E = TypeVar("E", bound=Event)
# The table holds handlers of many event types at once; `subscribe` checks each against its own.
Handler = Callable[[Any], None]


class EventBus:
    """Publish on the event loop's thread; handlers run at once, in the order they subscribed.

    A handler that raises is logged with its traceback and counted in `failures`; the others still run.

    >>> bus, seen = EventBus(), []
    >>> cancel = bus.subscribe(Event, seen.append)
    >>> bus.publish(Event()); len(seen)
    1
    >>> cancel(); bus.publish(Event()); len(seen)
    1
    """

    def __init__(self) -> None:
        self.failures = 0
        self._subscribed: list[tuple[type[Event], Handler]] = []
        self._by_type: dict[type[Event], tuple[Handler, ...]] = {}

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with every event of `kind` or a subclass; the answer ends the subscription."""
        entry = (kind, handler)
        self._subscribed.append(entry)
        self._by_type.clear()

        def cancel() -> None:
            if entry in self._subscribed:
                self._subscribed.remove(entry)
                self._by_type.clear()

        return cancel

    def publish(self, event: Event) -> None:
        """Hand `event` to its handlers."""
        kind = type(event)
        handlers = self._by_type.get(kind)
        if handlers is None:
            handlers = self._by_type[kind] = tuple(h for k, h in self._subscribed if issubclass(kind, k))
        for handler in handlers:
            try:
                handler(event)
            except Exception:
                self.failures += 1
                log.exception("a handler of %s failed; the event went to the others", kind.__name__)

    def publish_all(self, events: Iterable[Event]) -> None:
        """Publish each of a batch, in order."""
        for event in events:
            self.publish(event)

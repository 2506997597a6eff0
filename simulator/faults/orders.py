"""Faults of orders; the gateway's order desk carries them out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec

from simulator.faults.fault import Fault
from simulator.gateway.server import Gateway

Count = Annotated[int, msgspec.Meta(ge=1)]


class OrderSwallowed(Fault, frozen=True):
    """The next `count` orders vanish: no answer, no order."""

    count: Count = 1

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.services.trouble.swallow_orders = self.count
        yield
        gateway.services.trouble.swallow_orders = 0


class AcknowledgementLost(Fault, frozen=True):
    """The next `count` orders work, but nobody is told that they were accepted."""

    count: Count = 1

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.services.trouble.lose_acknowledgements = self.count
        yield
        gateway.services.trouble.lose_acknowledgements = 0


class FillsDuplicated(Fault, frozen=True):
    """Every message of a fill comes twice."""

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.services.trouble.duplicate_fills = True
        yield
        gateway.services.trouble.duplicate_fills = False


class FillsReordered(Fault, frozen=True):
    """The messages of a fill come in reverse."""

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        gateway.services.trouble.reorder_fills = True
        yield
        gateway.services.trouble.reorder_fills = False

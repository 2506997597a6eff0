"""Faults of single contracts: stalls, halts, bars that come late or change, splits, permissions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec

from market.times import SECOND
from simulator.faults.fault import Fault, Seconds, contract
from simulator.gateway.contracts import Universe
from simulator.gateway.server import Gateway
from simulator.model.troubled import Entitlement, Halt, Revision, Split

Factor = Annotated[float, msgspec.Meta(gt=0)]


class Stalled(Fault, frozen=True):
    """The streams of one contract are silent while its market is open; its history goes on."""

    symbol: str

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        contract_id, stalled = contract(gateway, self.symbol), gateway.services.trouble.stalled
        stalled.add(contract_id)
        yield
        stalled.discard(contract_id)


class Halted(Fault, frozen=True):
    """Trading of one contract is halted: no trade, no quote, and none in history either."""

    symbol: str

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        services, contract_id = gateway.services, contract(gateway, self.symbol)
        # What happened at this very moment has happened.
        halt = Halt(services.clock.now() + 1)
        services.model.troubles(contract_id).halts.append(halt)
        services.trouble.halted.add(contract_id)
        yield
        services.trouble.halted.discard(contract_id)
        halt.end = services.clock.now() + 1


class BarsLate(Fault, frozen=True):
    """The bars of one contract come later, live and in history."""

    symbol: str
    by: Seconds = 10.0

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        lags = gateway.services.model.troubles(contract(gateway, self.symbol)).lags
        lags.append(round(self.by * SECOND))
        yield
        lags.remove(round(self.by * SECOND))


class BarsRevised(Fault, frozen=True):
    """History has other bars than before: `volume` times as much, the close `move` higher."""

    symbol: str
    volume: Factor = 1.1
    move: float = 0.0

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        revisions = gateway.services.model.troubles(contract(gateway, self.symbol)).revisions
        revision = Revision(gateway.services.clock.now(), self.volume, self.move)
        revisions.append(revision)
        yield
        revisions.remove(revision)


class StockSplit(Fault, frozen=True):
    """A split: whatever is asked from now on has prices divided by `ratio`, volumes multiplied.

    A running stream follows with the next full minute.
    """

    symbol: str
    ratio: Factor = 2.0

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        splits = gateway.services.model.troubles(contract(gateway, self.symbol)).splits
        split = Split(gateway.services.clock.now(), self.ratio)
        splits.append(split)
        yield
        splits.remove(split)


class Unentitled(Fault, frozen=True):
    """New requests lack permission: 10089, 10167, 10189, 354 by what is asked and what is left (`has`)."""

    symbol: str
    has: Entitlement = "none"

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        services, contract_id = gateway.services, contract(gateway, self.symbol)
        services.model.entitle(contract_id, self.has)
        services.universe = Universe(services.model.listings, services.clock.now)
        yield
        services.model.restore(contract_id, self.has)
        services.universe = Universe(services.model.listings, services.clock.now)

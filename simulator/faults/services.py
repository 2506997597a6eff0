"""Faults of IB's services behind the gateway: its line to IB, its farms, its login, its clock."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import msgspec

from market.times import SECOND
from simulator.faults.fault import Fault, clients, contracts, tell, tell_ok
from simulator.gateway.farms import FARMS, Farm, broken, farm_for, named
from simulator.gateway.outages import no_competition
from simulator.gateway.server import Gateway

Offset = Annotated[float, msgspec.Meta(description="seconds, also negative")]
"""As `Seconds`, but also ``-3s``."""

LIVE = ("line", "ticks", "bars", "depth")
"""The kinds of subscriptions to live data; ``history`` is bars that are kept up to date."""


@contextmanager
def _silence(gateway: Gateway, silenced: Iterable[int]) -> Iterator[None]:
    """The streams of contracts stand still."""
    silenced = list(silenced)
    gateway.services.trouble.stalled.update(silenced)
    yield
    gateway.services.trouble.stalled.difference_update(silenced)


@contextmanager
def _without(gateway: Gateway, farms: Iterable[Farm]) -> Iterator[None]:
    """Farms answer nothing, and those of market data stream nothing."""
    farms = list(farms)
    down = {farm.name for farm in farms}
    silenced = [
        listing.instrument.contract_id
        for listing in gateway.services.universe.listings
        if farm_for(listing, "market") in down
    ]
    for farm in farms:
        gateway.services.farms.take_down(farm, "broken")
    with _silence(gateway, silenced):
        yield
    for farm in farms:
        gateway.services.farms.bring_up(farm, "broken")


class Offline(Fault, frozen=True):
    """1100: TWS loses its line to IB; then 1102, or with data `lost` 1101 and the streams are gone."""

    data: Literal["maintained", "lost"] = "maintained"

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        tell(gateway, 1100, "Connectivity between IBKR and Trader Workstation has been lost.")
        with _without(gateway, FARMS):
            yield
        restored = "Connectivity between IBKR and Trader Workstation has been restored"
        if self.data == "lost":
            _forget_streams(gateway)
            tell(gateway, 1101, f"{restored} - data lost.")
            _tell_broken(gateway)
        else:
            tell(gateway, 1102, f"{restored} - data maintained. {_connected(gateway)}")


def _connected(gateway: Gateway) -> str:
    """Which farms are connected, as 1102 says it."""
    names: dict[bool, list[str]] = {True: [], False: []}
    for farm in FARMS:
        names[gateway.services.farms.works(farm.name)].append(farm.name)
    if not names[False]:
        return f"All data farms are connected: {'; '.join(names[True])}."
    return (
        f"The following farms are connected: {'; '.join(names[True])}. "
        f"The following farms are not connected: {'; '.join(names[False])}."
    )


def _tell_broken(gateway: Gateway) -> None:
    """Say again which farms something else holds down."""
    for farm in FARMS:
        if not gateway.services.farms.works(farm.name):
            tell(gateway, *broken(farm))


def _forget_streams(gateway: Gateway) -> None:
    for session in clients(gateway):
        for kind, request_id in session.subscriptions(*LIVE, "history"):
            session.stop(kind, request_id)


class ServerBroken(Fault, frozen=True):
    """2110: TWS loses its line to IB's server, and gets it back by itself with 1102."""

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        text = "Connectivity between Trader Workstation and server is broken. "
        tell(gateway, 2110, text + "It will be restored automatically.")
        with _without(gateway, FARMS):
            yield
        text = "Connectivity between IBKR and Trader Workstation has been restored - data maintained. "
        tell(gateway, 1102, text + _connected(gateway))


class FarmBroken(Fault, frozen=True):
    """2103, 2105 or 2157 by the farm's kind: what it streams stops, requests get no answer; then 2104 ..."""

    farm: str = "usfarm"

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        farm = named(self.farm)
        tell(gateway, *broken(farm))
        with _without(gateway, [farm]):
            yield
        tell_ok(gateway, farm)


class Competing(Fault, frozen=True):
    """10197: another session of the login has the market data; live streams are silent until it goes."""

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        refusal, trouble = no_competition(), gateway.services.trouble
        for session in clients(gateway):
            for _, request_id in session.subscriptions(*LIVE):
                session.error(request_id, refusal.code, str(refusal))
        trouble.competing += 1
        with _silence(gateway, contracts(gateway)):
            yield
        trouble.competing -= 1


class ClockSkewed(Fault, frozen=True):
    """The time that the gateway reports is ahead by this much, or behind; the data's own times are right."""

    by: Offset = 60.0

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        skew = round(self.by * SECOND)
        gateway.services.trouble.clock_skew += skew
        yield
        gateway.services.trouble.clock_skew -= skew

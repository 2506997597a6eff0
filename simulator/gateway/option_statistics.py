"""Generic ticks about the options on a contract; an option tells of itself alone."""

from collections.abc import Callable, Mapping, Sequence

from simulator.gateway import greeks
from simulator.gateway.contract_family import written_on
from simulator.gateway.prices import price_at
from simulator.gateway.services import Services
from simulator.gateway.statistic import Found, Source
from simulator.model import statistics
from simulator.model.api import Listing, MarketModel
from simulator.wire.market_messages import TickId

_AVERAGE_DAYS = 30

Measure = Callable[[MarketModel, Sequence[int], int], float]


def _volume(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    options = _options(services, listing, now)
    return _by_right(services, options, now, statistics.volume_today, (TickId.CALL_VOLUME, TickId.PUT_VOLUME))


def _open_interest(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    options, ticks = _options(services, listing, now), (TickId.CALL_OPEN_INTEREST, TickId.PUT_OPEN_INTEREST)
    return _by_right(services, options, now, statistics.open_interest, ticks)


def _average_volume(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    options = _options(services, listing, now)
    volumes = (
        statistics.daily_volume(services.model, each.instrument.contract_id, _AVERAGE_DAYS, now)
        for each in options
    )
    return {TickId.AVERAGE_OPTION_VOLUME: sum(volumes)} if options else {}


def _implied_volatility(services: Services, listing: Listing, price: float | None, now: int) -> Found:
    """The mean of what the options of the nearest expiry and strike imply."""
    options = _options(services, listing, now)
    if listing.instrument.sec_type == "OPT" or price is None or not options:
        return {}
    soonest = [each for each in options if each.instrument.expiry == options[0].instrument.expiry]
    gaps = [abs((each.instrument.strike or 0.0) - price) for each in soonest]
    nearest = [each for each, gap in zip(soonest, gaps, strict=True) if gap == min(gaps)]
    known = [value for each in nearest if (value := _implied(services, each, price, now)) is not None]
    return {TickId.IMPLIED_VOLATILITY: round(sum(known) / len(known), 10) if known else None}


def _implied(services: Services, option: Listing, spot: float, now: int) -> float | None:
    price = price_at(services.model, option, now)
    return None if price is None else greeks.of_price(option.instrument, price, spot, now).volatility


def _options(services: Services, listing: Listing, now: int) -> Sequence[Listing]:
    if listing.instrument.sec_type == "OPT":
        return [listing]
    return written_on(services.universe.listings, listing.instrument, "OPT", now)


def _by_right(
    services: Services,
    options: Sequence[Listing],
    now: int,
    measure: Measure,
    ticks: tuple[TickId, TickId],
) -> Found:
    """A measure of the calls and one of the puts, where there are any."""
    found: dict[TickId, float | str | None] = {}
    for right, tick in zip(("C", "P"), ticks, strict=True):
        chosen = [each.instrument.contract_id for each in options if each.instrument.right == right]
        if chosen:
            found[tick] = measure(services.model, chosen, now)
    return found


SOURCES: Mapping[int, Source] = {
    100: _volume,
    101: _open_interest,
    105: _average_volume,
    106: _implied_volatility,
}

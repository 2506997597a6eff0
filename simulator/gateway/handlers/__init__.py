"""The table from message id to handler, put together from a module per topic."""

from simulator.gateway.handlers import (
    account,
    contracts,
    head_timestamp,
    historical_ticks,
    history,
    market_data,
    market_depth,
    option_calculations,
    orders,
    real_time_bars,
    startup,
    tick_by_tick,
    unsupported,
)
from simulator.gateway.handlers.route import Routes

ROUTES: Routes = {
    **unsupported.ROUTES,
    **account.ROUTES,
    **contracts.ROUTES,
    **head_timestamp.ROUTES,
    **historical_ticks.ROUTES,
    **history.ROUTES,
    **market_data.ROUTES,
    **market_depth.ROUTES,
    **option_calculations.ROUTES,
    **orders.ROUTES,
    **real_time_bars.ROUTES,
    **startup.ROUTES,
    **tick_by_tick.ROUTES,
}

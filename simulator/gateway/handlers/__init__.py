"""The table from message id to handler, put together from a module per topic."""

from simulator.gateway.handlers import (
    account,
    contracts,
    denied,
    display_groups,
    head_timestamp,
    histogram,
    historical_ticks,
    history,
    market_data,
    news,
    orders,
    positions,
    profit,
    real_time_bars,
    reference,
    startup,
    tick_by_tick,
    unsupported,
)
from simulator.gateway.handlers.route import Routes

ROUTES: Routes = {
    **unsupported.ROUTES,
    **account.ROUTES,
    **contracts.ROUTES,
    **denied.ROUTES,
    **display_groups.ROUTES,
    **head_timestamp.ROUTES,
    **histogram.ROUTES,
    **historical_ticks.ROUTES,
    **history.ROUTES,
    **market_data.ROUTES,
    **news.ROUTES,
    **orders.ROUTES,
    **positions.ROUTES,
    **profit.ROUTES,
    **real_time_bars.ROUTES,
    **reference.ROUTES,
    **startup.ROUTES,
    **tick_by_tick.ROUTES,
}

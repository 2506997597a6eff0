"""One connection, one stock and what keeps its bars up to date: for scripts, notebooks and the chart.

Everything waits for its answer (`ib_api.blocking`); events and the updaters live on the connection's own
thread. See `connection`, `stock` and `updater`.
"""

"""What happened in the simulated market and at its gateway, as files that a client's store is compared with.

`Journal` listens while the gateway runs, `export` writes a directory at its end, `read` opens one again. Each
table is a Parquet file whose times are UTC nanoseconds; `manifest.json` names them with their digests.

=================  =====================================================================================
table              rows
=================  =====================================================================================
``subscriptions``  one for each time that a request ran: `client_id request_id kind contract_id symbol
                   exchange what size hours begin end messages`. `kind` is that of the gateway (line,
                   ticks, bars, history, depth), `messages` what that client was sent for it.
``trades``         every print of contracts with a tick-by-tick stream of trades: `contract_id time price
                   size venue conditions past_limit unreported last`; `last` is false for what only
                   AllLast shows
``quotes``         every change of the quote of contracts with a tick-by-tick stream of quotes or
                   midpoints: `contract_id time bid ask bid_size ask_size`
``lines``          every change that a market-data line shows: `contract_id time bid ask bid_size ask_size
                   last last_size volume`, where `volume` is that of the prints since the row before
``bars``           5-second bars and kept-up-to-date bars: `contract_id size what hours start open high low
                   close volume average count complete`, as history has them at the end
``orders``         what the exchange told: `time event client_id order_id perm_id contract_id status filled
                   remaining average_price exec_id price quantity commission code text`, money as text
``requests``       every message of every client: `time client_id message request_id contract_id exchange what
                   size terms code text`. `terms` is all that was asked but for its id; `code` and `text`
                   are the refusal, 0 where there was none
``incidents``      faults: `time fault phase arguments`, the arguments as JSON
=================  =====================================================================================

The rows of a market are those of its contract and kind from the gateway's start to the end, whether anyone
was subscribed at that moment or not. They are the market's as it is asked at the end: a split in between is
in all of them. Each row, but for subscriptions, requests and incidents, has `servable`: whether a client that
missed it can still have it from IB at the end, and `rule`, the name of the reason (`simulator.truth.rules`).
Depth is state, which nothing serves: its subscriptions are listed, its rows are not.
"""

from simulator.truth.export import export, prepare
from simulator.truth.journal import Journal
from simulator.truth.reading import Truth, read

__all__ = ["Journal", "Truth", "export", "prepare", "read"]

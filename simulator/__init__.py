"""A gateway that speaks TWS's wire protocol over a simulated or replayed market.

`simulator.model` is the market, pure functions of time; `simulator.wire` the protocol, bytes in and out;
`simulator.gateway` the TCP server that joins them. Nothing here is shared with our client in `ib_api`, so
that an error in one cannot hide behind the same error in the other.
"""

"""The TCP server that joins the simulated market to TWS's wire protocol.

`server.Gateway` listens; each connection has a `session.Session`, which is bytes in and bytes out over a
`Clock` and needs no socket; `handlers` has a module per topic and the table from message id to handler.
"""

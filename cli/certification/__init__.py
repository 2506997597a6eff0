"""Compare a gateway with the simulated one: ask both the same, record the wire, and name what differs.

`interview` asks, `tape` records, `redaction` hides what is the user's own, `shape` and `comparison` find what
differs in kind (never in price), `page` tells it. All comparing is done on what is left after redaction, so
the page can hold nothing that the transcript does not.
"""

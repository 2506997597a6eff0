"""The words every other package speaks: events, instruments, bar sizes, clocks, the bus, broker protocols.

Level 0 of the project: it imports nothing of ours but itself, opens nothing and starts nothing.
"""

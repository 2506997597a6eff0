"""The processes of `benchmarks/wire.py`: the sender, a client for each side, and what they share.

Everything but `our_client` needs the standard library only, since peers run it from their own environments.
"""

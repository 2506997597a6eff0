"""Futures as one series: the contracts of a chain, when the front changes, views across the changes.

Nothing of it is stored: bars lie in the store under their own contract, and views are computed from them.
"""

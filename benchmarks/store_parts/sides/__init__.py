"""A module for each store, and what they have in common: the questions that `Side` names.

Every store gets the same columns, in its own best types and its own best order, and is asked for those of
trades, the words among them as numbers: ours keeps more of each, how it is known, which nobody is asked for.
Bars are asked for whole.
Trades and bars lie apart, so that their sizes can be told.
"""

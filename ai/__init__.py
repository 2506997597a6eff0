"""Forecasts of the next bar: what of it can be known, how well, and from which data. See ``docs/ai.md``.

`data` gives bars, `targets` and `features` their numbers, a `forecaster` learns from them. Training needs the
`ai` extra; serving needs numpy.
"""

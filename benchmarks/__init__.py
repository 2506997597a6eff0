"""Measurements of one thing each, beside its peers in one run: ``python benchmarks/NAME.py [--quick]``."""

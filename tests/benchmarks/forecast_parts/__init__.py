"""Tests of the parts of `benchmarks.forecasts`."""

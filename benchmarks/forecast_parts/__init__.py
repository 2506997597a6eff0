"""How soon a forecast follows its bar: the parts of `benchmarks.forecasts`."""

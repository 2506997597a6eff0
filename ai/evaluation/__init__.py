"""How good forecasts are, on rows that no model has seen, beside what costs nothing to say."""

"""What a network has to beat: forecasts that cost nothing, and models that learn in seconds.

Each is a `Forecaster`. `simple` holds those that anybody would try first, `linear` and `boosting` those that
learn; `contestants` lists all.
"""

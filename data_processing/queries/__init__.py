"""Questions to a store beyond one series and one range: other bar sizes, joins, SQL, frames, CSV.

Everything here stands on the public methods of `data_processing.timeseries_db.TimeseriesDB` and writes
nothing, but for `imports`, which stores what a file holds. What may be long is given in batches; the rest
needs memory for its answer only.
"""

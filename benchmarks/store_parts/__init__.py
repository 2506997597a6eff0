"""The processes of `benchmarks/store.py`: the data, a worker for each store, and what they share.

Everything but `sides.ours` and `bus` runs in the peers' environment, which knows nothing of this project.
"""

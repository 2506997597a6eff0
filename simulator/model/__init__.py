"""The simulated market: what trades where, when, at which price; a pure function of seed and time."""

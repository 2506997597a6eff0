"""Real clients against the simulated gateway, each in an environment of its own."""

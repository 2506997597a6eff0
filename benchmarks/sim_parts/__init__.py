"""The parts of the simulated gateway's benchmark: the gateway's process, and a client that counts."""

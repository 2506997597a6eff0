"""The parts of the streaming benchmark: the servers, the client in C, and what they prove."""

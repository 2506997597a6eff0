"""The parts of the serving benchmark: the gateway, the server, the clients, and what they prove."""

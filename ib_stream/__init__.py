"""The streaming server: what happens on the bus, to any number of clients, each event encoded once."""

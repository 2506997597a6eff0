"""The streaming server: market data to web clients, and the JSON form of events that it and others use."""

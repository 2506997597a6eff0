"""The streaming benchmark: its client, its aims."""

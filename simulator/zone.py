"""Where the simulated gateway stands."""

GATEWAY_ZONE = "America/New_York"
"""For times that belong to no contract; its midnight ends the account's day."""

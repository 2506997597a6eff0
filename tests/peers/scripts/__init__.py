"""What the clients of other makers do; each runs where that client is installed, without this project."""

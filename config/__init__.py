"""Settings: built once in an entry point, handed down as arguments; nothing else reads the environment."""

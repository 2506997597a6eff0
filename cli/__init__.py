"""The command line: parse, build the settings, wire the parts; one module per command."""

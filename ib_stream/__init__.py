"""What leaves the process as text: the JSON form of ticks, as the command line and streams carry it."""

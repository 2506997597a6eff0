"""From events to bars, from requests to an archive, and both into one time-series store."""

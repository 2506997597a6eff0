"""The rows of `ib_api.error_codes` by topic: numbers from IB's published list and from what users report.

Meanings and advice are ours. A row that users reported and IB does not list says so in its module.
"""

"""The programs of the end-to-end tests."""

from tests.end_to_end.conftest import gateway_port, run, start

__all__ = ["gateway_port", "run", "start"]

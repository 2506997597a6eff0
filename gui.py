"""The chart under the name `gui`: `from gui import GUI`."""

from charting.gui import GUI

__all__ = ["GUI"]

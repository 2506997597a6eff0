"""`from tws_wrapper.stock import TwsStock`."""

from data_processing.tws.stock import TwsStock

__all__ = ["TwsStock"]

"""`from tws_wrapper.connection import TwsConnection`."""

from data_processing.tws.connection import TwsConnection

__all__ = ["TwsConnection"]

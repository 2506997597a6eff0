"""`from core.market_data_hub import MarketDataHub`."""

from data_processing.market_data_hub import MarketDataHub

__all__ = ["MarketDataHub"]

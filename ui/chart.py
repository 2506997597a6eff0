"""`from ui.chart import TradeChart`."""

from charting.trade_chart import TradeChart

__all__ = ["TradeChart"]

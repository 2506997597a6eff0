"""Another name for the hub: `core.market_data_hub`."""

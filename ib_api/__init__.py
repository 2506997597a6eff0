"""Interactive Brokers: the official ``ibapi`` client with a transport that loses nothing.

`IBConnector` connects, `IBCallbacks` hears, `IBRequests` and `IBOrders` ask, `IBContract` describes
contracts; `ib_api.ib_broker` makes of them what the rest of the program uses. Importing the package writes
nothing: the log file appears with its first record.
"""

import os

from ib_api.ib_callbacks import IBCallbacks
from ib_api.ib_connector import IBConnector
from ib_api.ib_contract import IBContract
from ib_api.ib_orders import IBOrders
from ib_api.ib_requests import IBRequests
from ib_api.logging_config import LoggingConfig

__all__ = [
    "PACKAGE_NAME",
    "VERSION",
    "IBCallbacks",
    "IBConnector",
    "IBContract",
    "IBOrders",
    "IBRequests",
    "LoggingConfig",
]

PACKAGE_NAME = "ib_api"
VERSION = "0.1.0"

# The one place below the entry points that reads the environment: importing is the only word a notebook says.
if os.environ.get("IB_LOG_AUTOSETUP", "1").lower() not in ("0", "false", "no", "off"):
    LoggingConfig.setup_logging()

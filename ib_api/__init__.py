"""Interactive Brokers: the official ``ibapi`` client with a transport that loses nothing.

`IBConnector` connects, `IBCallbacks` hears, `IBRequests` and `IBOrders` ask, `IBContract` describes contracts;
`ib_api.ib_broker` makes of them what the rest of the program uses. Importing the package writes nothing: the log
file appears with its first record.
"""

from ib_api.ib_callbacks import IBCallbacks
from ib_api.ib_connector import IBConnector

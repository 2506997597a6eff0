"""Server versions at which the layout of a message changed, as far as this server sends or reads it."""

OLDEST = 151
"""The oldest client served; older ones lack fields this server does not leave out."""

NEWEST = 200
"""The last version of the text protocol; from 201 on message ids are binary and bodies protobuf."""

ASCII7 = 153
PRICE_BASED_VOLATILITY = 156
FRACTIONAL_SIZES = 163
SIZE_RULES = 164
HISTORICAL_SCHEDULE = 165
ADVANCED_REJECT = 166
INSTRUMENT_ZONE = 174
BOND_ISSUER = 176
LAST_TRADE_DATE = 182
INELIGIBILITY = 186
CANCEL_WITHOUT_VERSION = 192
ERROR_TIME = 194
HISTORICAL_DATA_END = 196
STOCK_TYPE = 152

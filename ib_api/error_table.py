"""All rows of `ib_api.error_codes` together; see `ib_api.codes` for each topic."""

from ib_api.codes import account, connection, data, local, order_kinds, orders
from ib_api.codes.row import Effect, ErrorCode

__all__ = ["ROWS", "Effect", "ErrorCode"]

ROWS = (
    *connection.ROWS,
    *local.ROWS,
    *data.ROWS,
    *account.ROWS,
    *orders.ROWS,
    *order_kinds.ROWS,
)

"""The simulated account: its books, commissions, margin and profit, without a wire.

`Ledger` is the way in. `holding` and `contract_book` keep what trades cost, `books` the cash between them;
`marks` prices it, `statement` adds it up, `margin` says what must be set aside and `values` writes it as IB
does. Money is `Decimal` in contract or base currency, the base is the US dollar.
"""

from simulator.account.ledger import Ledger, Profit
from simulator.account.position import Position
from simulator.account.values import Value

__all__ = ["Ledger", "Position", "Profit", "Value"]

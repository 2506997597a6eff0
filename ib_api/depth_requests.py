"""What can be asked about order books."""

from ib_api._ibapi import Contract
from ib_api.asks import depth_ask
from ib_api.depth_line import DepthLine
from ib_api.ib_contract import describe
from ib_api.lines import Listener
from ib_api.requests_base import Requests, Stream
from market.errors import BadRequest


class DepthRequests(Requests):
    """The part of `IBRequests` about order books."""

    def req_market_depth(
        self, contract: Contract, rows: int = 10, smart: bool = True, listener: Listener | None = None
    ) -> Stream:
        """The order book, `rows` levels a side, as `Depth` events; the first one is a ``clear``.

        With `smart`, which SMART alone has, the levels of all exchanges together, each with its exchange as
        `market_maker`; without it the book of the contract's own exchange. IB halts a book with 316, which
        ends the stream and refuses it to `listener`, and resets it with 317: both come as a ``clear``.
        """
        if rows < 1:
            raise BadRequest(f"a book of {rows} rows is none; ask for 1 or more")
        line = DepthLine(f"market depth of {describe(contract)}", contract.conId, contract.exchange)
        line.listener = listener or line.listener
        connector = self.connector
        return self._stream(
            line,
            lambda request_id: connector.reqMktDepth(request_id, contract, rows, smart, []),
            lambda request_id: connector.cancelMktDepth(request_id, smart),
            depth_ask(contract),
        )

    def cancel_market_depth(self, stream: Stream) -> None:
        """End the stream of an order book."""
        stream.cancel()

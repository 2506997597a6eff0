"""What can go wrong on the line to IB; the rest are the classes of `market.errors`.

::

    ConnectionFailed (exit code 3)
    |- PortRefused          nothing listens there
    |- SilentGateway        it accepts, but does not answer in time
    |- WrongProduct         what answers is neither TWS nor IB Gateway
    |- ClientIdInUse        326
    |- ServerTooOld         its protocol version is below what we can read
    |- HandshakeBroken      it hung up before the connection was ready
    `- NotConnected         a request without a connection, or one cut off by its end
    RequestRejected (exit code 6)
    `- NotSupported         there is no such data for this kind of contract
"""

from market.errors import ConnectionFailed, RequestRejected


class PortRefused(ConnectionFailed):
    """Nothing listens on the port, or the host cannot be reached."""


class SilentGateway(ConnectionFailed):
    """The port is open and nobody answers: often a dialog in TWS waits for a click."""


class WrongProduct(ConnectionFailed):
    """Another program has the port."""


class ClientIdInUse(ConnectionFailed):
    """Another connection, or one that TWS has not noticed to be gone, has our client id."""


class ServerTooOld(ConnectionFailed):
    """TWS must be updated."""


class HandshakeBroken(ConnectionFailed):
    """The peer hung up before it was ready."""


class NotConnected(ConnectionFailed):
    """There is no connection to ask on."""


class NotSupported(RequestRejected):
    """IB does not have it for this kind of contract; no subscription changes that."""

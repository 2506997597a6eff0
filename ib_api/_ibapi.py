"""The one door to IB's library: whatever differs between its generations is settled here.

Supported are ``nautilus-ibapi`` 10.x (IB's own newer source under another distribution name) and PyPI
``ibapi`` 9.81. Both install the package ``ibapi``, so having both means having a mixture of the two.
"""

import inspect
from collections.abc import Callable
from decimal import Decimal
from importlib import metadata
from typing import TYPE_CHECKING, Any

from market.errors import SetupError

DISTRIBUTIONS = ("nautilus-ibapi", "ibapi")


def installed_distribution(version: Callable[[str], str] = metadata.version) -> str:
    """The name of the one distribution that is installed; raise `SetupError` for none or both."""
    found = []
    for name in DISTRIBUTIONS:
        try:
            version(name)
        except metadata.PackageNotFoundError:
            continue
        found.append(name)
    if not found:
        raise SetupError("IB's library is not installed; run: pip install nautilus-ibapi protobuf")
    if len(found) > 1:
        raise SetupError(
            "nautilus-ibapi and ibapi are both installed and overwrite each other's files; run: "
            "pip uninstall -y ibapi nautilus-ibapi && pip install nautilus-ibapi protobuf"
        )
    return found[0]


DISTRIBUTION = installed_distribution()

if TYPE_CHECKING:
    from ib_api._ibapi_types import (
        BarData,
        Contract,
        ContractDescription,
        ContractDetails,
        Decoder,
        EClient,
        EWrapper,
        ExecutionFilter,
        HistoricalTick,
        HistoricalTickBidAsk,
        HistoricalTickLast,
        Order,
        OrderState,
        TickAttrib,
        TickAttribBidAsk,
        TickAttribLast,
        VendorExecution,
    )

    LIBRARY_MAX_VERSION: int
else:
    from ibapi.client import EClient
    from ibapi.common import (
        BarData,
        HistoricalTick,
        HistoricalTickBidAsk,
        HistoricalTickLast,
        TickAttrib,
        TickAttribBidAsk,
        TickAttribLast,
    )
    from ibapi.contract import Contract, ContractDescription, ContractDetails
    from ibapi.decoder import Decoder
    from ibapi.execution import Execution as VendorExecution
    from ibapi.execution import ExecutionFilter
    from ibapi.order import Order
    from ibapi.order_state import OrderState
    from ibapi.server_versions import MAX_CLIENT_VER as LIBRARY_MAX_VERSION
    from ibapi.wrapper import EWrapper

__all__ = [
    "DECIMAL_SIZES",
    "DEFAULT_MAX_VERSION",
    "DISTRIBUTION",
    "LIBRARY_MAX_VERSION",
    "PROTOBUF_OFFSET",
    "PROTOBUF_VERSION",
    "BarData",
    "Contract",
    "ContractDescription",
    "ContractDetails",
    "Decoder",
    "EClient",
    "EWrapper",
    "ExecutionFilter",
    "HistoricalTick",
    "HistoricalTickBidAsk",
    "HistoricalTickLast",
    "Order",
    "OrderState",
    "TickAttrib",
    "TickAttribBidAsk",
    "TickAttribLast",
    "VendorExecution",
    "average_of",
    "cancel_arguments",
    "exercise_arguments",
    "installed_distribution",
    "interpret",
    "make_frame",
    "set_average",
    "size",
]

PROTOBUF_VERSION = 201
"""From this server version on every message carries its id as four raw bytes."""

DEFAULT_MAX_VERSION = min(PROTOBUF_VERSION - 1, LIBRARY_MAX_VERSION)

PROTOBUF_OFFSET = 200
"""A binary message has the id of its text form and this."""


def _parameters(method: Any) -> int:
    return len(inspect.signature(method).parameters)


_SPLITS_ID = _parameters(Decoder.interpret) == 3
DECIMAL_SIZES = inspect.signature(EWrapper.tickSize).parameters["size"].annotation is Decimal  # type: ignore[attr-defined]
_ORDER_CANCEL = _parameters(EClient.cancelOrder) == 3
_UNSET_DECIMAL = Decimal(2**127 - 1)
_UNSET_TEXTS = frozenset((b"", b"2147483647", b"9223372036854775807", b"1.7976931348623157E308"))


def size(text: bytes) -> Any:
    """A size as the installed library hands it to callbacks: `Decimal`, or `int` in the older one.

    The older one stops at a fraction; a `float` is the honest answer there.
    """
    if DECIMAL_SIZES:
        return _UNSET_DECIMAL if text in _UNSET_TEXTS else Decimal(text.decode())
    try:
        return int(text or b"0")
    except ValueError:
        return float(text)


def _float(text: bytes) -> Any:
    return float(text or b"0")


average_of = size if DECIMAL_SIZES else _float
"""A volume-weighted price as the installed library hands it to callbacks: `Decimal`, or `float`."""


def set_average(bar: BarData, text: bytes) -> None:
    """Put the volume-weighted price where the installed library has it."""
    if DECIMAL_SIZES:
        bar.wap = size(text)  # type: ignore[attr-defined]
    else:
        bar.average = average_of(text)  # type: ignore[attr-defined]


def make_frame(parts: tuple[Any, ...], raw_ids: bool) -> bytes:
    """The bytes of a message that `EClient` hands to its `sendMsg`: (text) or (id, text)."""
    if len(parts) == 1:
        payload: bytes = parts[0].encode()
    elif raw_ids:
        payload = parts[0].to_bytes(4, "big") + parts[1].encode()
    else:
        payload = f"{int(parts[0])}\0{parts[1]}".encode()
    return len(payload).to_bytes(4, "big") + payload


def interpret(decoder: Decoder, payload: bytes, raw_ids: bool) -> tuple[int, bool]:
    """Let the official decoder make its callback; answer the message id and whether a callback is due.

    A callback is always due for messages that the library decodes by a method's signature: when none comes,
    it has dropped the message for its number of fields, with a line in its own log only.
    Raise `LookupError` for an id that it does not know.
    """
    if raw_ids:
        message_id, body = int.from_bytes(payload[:4], "big"), payload[4:]
        if message_id > PROTOBUF_OFFSET:
            decoder.processProtoBuf(body, message_id - PROTOBUF_OFFSET)
            return message_id, False
    else:
        head, _, body = payload.partition(b"\0")
        message_id = int(head)
    known = decoder.msgId2handleInfo.get(message_id)
    if known is None:
        raise LookupError(f"message id {message_id} is unknown")
    fields = tuple(body.split(b"\0")[:-1])
    if _SPLITS_ID:
        decoder.interpret(fields, message_id)
    else:
        decoder.interpret((str(message_id).encode(), *fields))
    return message_id, known.wrapperMeth is not None


def cancel_arguments() -> tuple[Any, ...]:
    """What `cancelOrder` and `reqGlobalCancel` take besides an id: an empty `OrderCancel`, or nothing."""
    if not _ORDER_CANCEL:
        return ()
    from ibapi.order_cancel import OrderCancel

    return (OrderCancel(),)


def exercise_arguments() -> tuple[Any, ...]:
    """What `exerciseOptions` takes beyond its six classic arguments: manual time, customer, professional."""
    return ("", "", False) if _parameters(EClient.exerciseOptions) > 7 else ()

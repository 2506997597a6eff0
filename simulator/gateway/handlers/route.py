"""How a request is read and served."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from simulator.wire.fields import FieldReader
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

R = TypeVar("R", bound=Request)


class Route(Generic[R]):
    """`read` decodes the request; `serve` answers it or raises `Refused`."""

    def __init__(self, read: Callable[[FieldReader], R], serve: "Callable[[Session, R], None]") -> None:
        self.read = read
        self.serve = serve


# The table holds routes of many request types; each pairs its own `read` and `serve`.
Routes = Mapping[int, Route[Any]]

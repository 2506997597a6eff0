"""Routing a message once, whoever calls the callback."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from ib_api.routing import Routing

P = ParamSpec("P")
R = TypeVar("R", bound=Routing)


def routed(method: Callable[Concatenate[R, P], None]) -> Callable[Concatenate[R, P], None]:
    """Route a message once: the reader thread has routed it before it calls a user's override.

    So an override may call ``super()`` or leave it; nothing is lost or doubled either way.
    """

    @wraps(method)
    def once(self: R, *args: P.args, **kwargs: P.kwargs) -> None:
        if not self.reading:
            method(self, *args, **kwargs)
            self.flush()

    # `wraps` keeps the unguarded method as `__wrapped__`, which the reader thread calls.
    return cast("Callable[Concatenate[R, P], None]", once)

"""One request on its way through the server."""

import re
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from ib_stream.guard.caller import Caller
from ib_stream.hub import Wish

_GIVEN_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(slots=True)
class Call:
    """What is known of a request. A route that answers with a stream leaves its `wish` here,
    to be made when it is served.

    `headers` go with a stream. `held` is what the request has taken: it is given back when the request ends,
    however it does.
    """

    id: str
    caller: Caller
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    wish: Callable[[], Wish] | None = None
    status: int = 0
    topics: list[str] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def of(cls, request: Request) -> "Call":
        """The call that a request belongs to."""
        call: Call = request.scope["state"]["call"]
        return call

    def enter(self, scope: Scope) -> None:
        """Let `of` find it."""
        scope.setdefault("state", {})["call"] = self


def request_id(scope: Scope) -> str:
    """The id that a client or a proxy gave it, so that their log can be laid beside ours; else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)

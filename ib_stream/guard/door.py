"""The guard: every request passes here first, streams and all the rest by the same rules."""

import ipaddress
import re

from starlette.types import Scope

from config.settings import Settings
from ib_stream.guard.caller import Caller, caller_of, is_address, names_this_machine
from ib_stream.guard.credentials import Credentials
from ib_stream.guard.limits import Attempts, Places
from ib_stream.guard.origins import Origins
from ib_stream.refusals import Refusal
from market.clock import Clock

# The page is no secret, and has to be there for somebody to give it the token. What it shows needs that.
_PAGE = re.compile(r"/chart(/[^/]+)?|/assets/.+")
# A load balancer has to reach it; strangers learn from it whether the server is ready, and no more.
OPEN_PATHS = frozenset({"/health"})


class Door:
    """The rules of one server, from its settings."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.origins = Origins(settings.stream_origins)
        self.credentials = Credentials(settings.stream_token, clock)
        self.places = Places(settings.stream_clients_per_ip)
        self._attempts = Attempts(settings.stream_connects_per_minute, clock)
        self._hosts = frozenset(name.lower() for name in settings.stream_hosts)
        self._proxies = [ipaddress.ip_network(each) for each in settings.stream_proxies]

    def caller(self, scope: Scope) -> Caller:
        """Who asks."""
        return caller_of(scope, self._proxies)

    def check(self, caller: Caller, scope: Scope) -> None:
        """Raise a `Refusal` unless it may be served: 429, 403 for its Host or page, 401 without a token."""
        self._attempts.count(caller.address)
        self._check_host(caller.host)
        if not self.origins.allow(scope):
            raise Refusal(
                403,
                "ORIGIN_NOT_ALLOWED",
                "a page of another origin asked",
                "Add its origin to IB_STREAM_ORIGINS.",
            )
        if not _open(scope):
            self._check_token(caller, scope)

    def knows(self, caller: Caller, scope: Scope) -> bool:
        """Whether it is of this machine, or carries the token or what stands for it."""
        return caller.local or self.credentials.known(scope)

    def _check_host(self, host: str) -> None:
        if not (names_this_machine(host) or is_address(host) or {host, "*"} & self._hosts) or not host:
            raise Refusal(
                403,
                "HOST_NOT_ALLOWED",
                "the server does not go by the name in the Host header",
                "Add the name to IB_STREAM_HOSTS.",
            )

    def _check_token(self, caller: Caller, scope: Scope) -> None:
        if self.knows(caller, scope):
            return
        if not self.credentials.set:
            advice = "None is set: set IB_STREAM_TOKEN on the server, or use it from its own machine."
        else:
            advice = "Send it as Authorization: Bearer TOKEN or X-API-Key; see /docs for cookies and tickets."
        raise Refusal(401, "TOKEN_NEEDED", "a token is needed from here", advice)


def _open(scope: Scope) -> bool:
    """Whether it is there for everybody."""
    path: str = scope["path"]
    page = scope["method"] in ("GET", "HEAD") and _PAGE.fullmatch(path) is not None
    return page or path in OPEN_PATHS

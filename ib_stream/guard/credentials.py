"""What stands for the token: itself in a header, a cookie for pages, a ticket for `EventSource`.

`EventSource` can set no header, and a token in a URL would end up in logs. So a URL may carry a ticket: for
one path, to read it, for a short time. Cookie and ticket are signed with the token and kept nowhere: they are
as good after a restart as before, and worthless once the token is another.
"""

import hashlib
import hmac
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from market.clock import Clock
from market.times import SECOND

COOKIE = "truetick_session"
SESSION_LASTS = 12 * 3600
LONGEST_TICKET = 3600
_READING = frozenset({"GET", "HEAD"})


class Credentials:
    """The judge of whoever says to know `token`; without a token nobody does."""

    def __init__(self, token: str, clock: Clock) -> None:
        self.set = bool(token)
        self._token = token.encode()
        self._clock = clock

    def known(self, scope: Scope) -> bool:
        """Whether a request carries the token, or what stands for it and covers this request."""
        headers = Headers(scope=scope)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(given.strip()):
            return True
        if self._is_token(headers.get("x-api-key", "")):
            return True
        if self._holds("session", "", cookie_parser(headers.get("cookie", "")).get(COOKIE, "")):
            return True
        if scope["method"] not in _READING:
            return False
        tickets = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket", [""])
        return self._holds("ticket", scope["path"], tickets[0])

    def session(self) -> str:
        """The value of a cookie that lasts `SESSION_LASTS` seconds."""
        return self._signed("session", "", SESSION_LASTS)

    def ticket(self, path: str, lasts: int) -> str:
        """What lets `path` be read for `lasts` seconds."""
        return self._signed("ticket", path, lasts)

    def _is_token(self, given: str) -> bool:
        return self.set and hmac.compare_digest(given.encode(), self._token)

    def _signed(self, purpose: str, path: str, lasts: int) -> str:
        until = self._clock.now() // SECOND + lasts
        return f"{until}.{self._signature(purpose, path, until)}"

    def _holds(self, purpose: str, path: str, given: str) -> bool:
        until, _, signature = given.partition(".")
        if not (self.set and until.isascii() and until.isdigit() and len(until) < 13):
            return False
        right = hmac.compare_digest(signature.encode(), self._signature(purpose, path, int(until)).encode())
        return right and self._clock.now() // SECOND < int(until)

    def _signature(self, purpose: str, path: str, until: int) -> str:
        return hmac.new(self._token, f"{purpose}\n{until}\n{path}".encode(), hashlib.sha256).hexdigest()

"""Which pages may use the server from a browser: those that it is the origin of, and those on a list.

Browsers send `Origin` with every request that a page of elsewhere may read the answer of, and
`Sec-Fetch-Site` with those that it may not (an image, a form). A page of elsewhere can so neither read
anything nor use up the places of others.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import Scope

METHODS = "GET, POST, DELETE, OPTIONS"
REQUEST_HEADERS = "Authorization, X-API-Key, Last-Event-ID, X-Request-ID, Content-Type"
SHOWN_HEADERS = "X-Request-ID, Retry-After"
_MAX_AGE = "600"


class Origins:
    """The list, and what it means for a request."""

    def __init__(self, listed: Collection[str]) -> None:
        self._listed = frozenset(each.rstrip("/").lower() for each in listed)

    def allow(self, scope: Scope) -> bool:
        """Whether a request may be served as far as the page matters that sends it."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None:
            return self._is_listed(origin) or _is_own(origin, headers.get("host", ""))
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        followed_a_link = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
        return not elsewhere or followed_a_link

    def headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """What the answer needs so that a listed page can read it."""
        if not self._listed:
            return []
        found = [(b"vary", b"Origin")]
        origin = Headers(scope=scope).get("origin")
        if origin is not None and self._is_listed(origin):
            found += _encoded(
                ("access-control-allow-origin", origin),
                ("access-control-allow-credentials", "true"),
                ("access-control-expose-headers", SHOWN_HEADERS),
            )
        return found

    def asked_before(self, scope: Scope) -> list[tuple[bytes, bytes]] | None:
        """The answer's headers to a browser that asks first whether it may ask; `None` for all else."""
        headers = Headers(scope=scope)
        if scope["method"] != "OPTIONS" or "access-control-request-method" not in headers:
            return None
        return self.headers(scope) + _encoded(
            ("access-control-allow-methods", METHODS),
            ("access-control-allow-headers", REQUEST_HEADERS),
            ("access-control-max-age", _MAX_AGE),
        )

    def _is_listed(self, origin: str) -> bool:
        return origin.lower() in self._listed


def _is_own(origin: str, host: str) -> bool:
    """Whether a page came from the name and port that it asks now; the scheme is a proxy's affair."""
    scheme, separator, place = origin.lower().partition("://")
    return bool(separator) and scheme in ("http", "https") and place == host.lower() != ""


def _encoded(*pairs: tuple[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in pairs]

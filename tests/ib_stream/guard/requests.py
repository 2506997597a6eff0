"""Requests as a server hands them over, without a server."""

from starlette.types import Scope


def request(
    path: str = "/stream/265598",
    method: str = "GET",
    *,
    peer: str = "127.0.0.1",
    server: str = "127.0.0.1",
    host: str = "localhost:8000",
    query: str = "",
    **headers: str,
) -> Scope:
    """An ASGI scope; a header's name is written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "client": (peer, 50000) if peer else None,
        "server": (server, 8000),
        "headers": [(n.encode(), v.encode("latin-1")) for n, v in ({"host": host} | named).items()],
    }

"""Where a request comes from, and whether that is this machine for certain.

A page on the web can make a browser on this machine send requests to a loopback port (DNS rebinding), and a
proxy on this machine makes strangers look local. So a request is local only when its peer, the server's own
address and the Host that it names are loopback, and nobody says to have forwarded it.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDING = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port",
    "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `address` is what limits are counted by, `host` the name that the server was called by."""

    address: str
    host: str
    local: bool


def caller_of(scope: Scope, proxies: Sequence[Network] = ()) -> Caller:
    """Read it off an ASGI scope; the word of `proxies` is taken for whom they forward."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    host = host_name(hosts[0]) if len(hosts) == 1 else ""
    peer = _address((scope.get("client") or ("",))[0])
    forwarded = any(name in headers for name in FORWARDING)
    told = forwarded and peer is not None and _within(peer, proxies)
    origin = _forwarded_for(headers.getlist("x-forwarded-for"), proxies) if told else peer
    server = _address((scope.get("server") or ("",))[0])
    local = is_loopback(origin) and is_loopback(server) and names_this_machine(host)
    return Caller(_counted_as(origin), host, local and (told or not forwarded))


def host_name(text: str) -> str:
    """The name of a Host header, without its port, in lower case.

    >>> host_name("LocalHost:8000"), host_name("[::1]:8000"), host_name("a b")
    ('localhost', '::1', '')
    """
    name, bracket, _ = text.removeprefix("[").partition("]") if text.startswith("[") else (text, "]", "")
    if not bracket or any(letter in name for letter in " /?#@\\,"):
        return ""
    return (name if text.startswith("[") else name.partition(":")[0]).rstrip(".").lower()


def names_this_machine(host: str) -> bool:
    """Whether a name means the loopback interface wherever it is looked up.

    >>> names_this_machine("localhost"), names_this_machine("127.0.0.1.evil.example")
    (True, False)
    """
    return host == "localhost" or host.endswith(".localhost") or is_loopback(_address(host))


def is_address(host: str) -> bool:
    """Whether it is an address and not a name: nobody can let an address mean another machine."""
    return _address(host) is not None


def is_loopback(address: Address | None) -> bool:
    """Whether it is known, and of this machine."""
    return address is not None and address.is_loopback


def _address(text: object) -> Address | None:
    try:
        address = ipaddress.ip_address(str(text).partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _forwarded_for(lines: Sequence[str], proxies: Sequence[Network]) -> Address | None:
    """The last hop that is no proxy of ours: whatever stands before it anybody may have written."""
    address = None
    for text in reversed(",".join(lines).split(",")):
        address = _address(text.strip())
        if address is None or not _within(address, proxies):
            break
    return address


def _counted_as(address: Address | None) -> str:
    """One machine has a whole /64 of IPv6 to come from."""
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address) if address is not None else "unknown"

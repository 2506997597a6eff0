"""What the streaming server can be told: the `IB_STREAM_*` settings, fields of `config.settings.Settings`."""

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

LIVE_PORTS = frozenset({7496, 4001})
"""The ports of live TWS and live IB Gateway, unless their user has changed them."""

SHORTEST_TOKEN = 16
_ORIGIN = re.compile(r"https?://[^/?#\s]+$")
_BIND = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\s]+):(?P<port>\d{1,5})$")


def words(value: object) -> object:
    """The words of a text, parted by commas or spaces; anything else as it is."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def lower(value: object) -> object:
    """A text in lower case; anything else as it is."""
    return value.lower() if isinstance(value, str) else value


def _token(value: str) -> str:
    if value and len(value) < SHORTEST_TOKEN:
        raise ValueError(f"at least {SHORTEST_TOKEN} characters, e.g. from: openssl rand -hex 24")
    return value


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        if not _ORIGIN.match(each):
            raise ValueError(f"a list of origins like https://example.com:8443, which {each!r} is not")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise ValueError(f"a list of addresses or networks, which {each!r} is not") from None
    return value


def _bind(value: str) -> str:
    match = _BIND.match(value)
    if match is None or int(match["port"]) > 65_535:
        raise ValueError("HOST:PORT, e.g. 127.0.0.1:8000 or [::1]:8000")
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(words)]
Port = Annotated[int, Field(ge=1, le=65535)]
ClientId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class StreamSettings(BaseModel):
    """The streaming server's part of the settings.

    `stream_host`, `stream_ports` and `stream_client_id` are TWS's, of which the ports are tried in turn;
    `stream_bind` is where the server listens when `serve` starts it. A live port is used only when it is
    listed. `stream_reconnect_attempts` is 0 for no limit. `stream_hosts` are names, besides those of this
    machine, that a request may call the server by; `stream_origins` the pages that may use it from elsewhere;
    `stream_proxies` whose word is taken for where a request came from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream_host: str = "127.0.0.1"
    stream_ports: Annotated[tuple[Port, ...], BeforeValidator(words), Field(min_length=1)] = (7497, 4002)
    stream_client_id: ClientId = 2
    stream_max_streams: Annotated[int, Field(ge=1, le=100_000)] = 50
    stream_stream_timeout: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    stream_reconnect_attempts: Annotated[int, Field(ge=0)] = 0
    stream_buffer_size: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    stream_bind: Annotated[str, AfterValidator(_bind)] = "127.0.0.1:8000"
    stream_token: Annotated[str, AfterValidator(_token)] = ""
    stream_hosts: Words = ()
    stream_origins: Annotated[Words, AfterValidator(_origins)] = ()
    stream_proxies: Annotated[Words, AfterValidator(_networks)] = ()
    stream_clients_per_ip: Annotated[int, Field(ge=1)] = 100
    stream_connects_per_minute: Annotated[int, Field(ge=1)] = 600
    stream_transport: Annotated[Literal["auto", "direct", "asgi"], BeforeValidator(lower)] = "auto"

    @property
    def stream_address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.stream_bind.rpartition(":")
        return host.strip("[]"), int(port)

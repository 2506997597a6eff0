"""One frozen `Settings`: flag > environment > `.env` > default, and where each value came from.

Environment names are ``IB_`` and the field's name in capitals (`IB_PORT`); in `.env` the watch list may also
be called ``watchlist``. A name that looks like a slip of one of ours is an error with a suggestion: a setting
that is silently ignored is worse than one that is missing.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from config.stream_settings import ClientId, Port, StreamSettings, Words, lower
from market.errors import SetupError
from market.source import Feed

Origin = Literal["flag", "environment", ".env", "default"]

DEFAULT_WATCH = ("AAPL", "TSLA", "EURUSD")
SEE_ALL = "see .env.example for those there are"
SECRET_WORDS = ("token", "password", "key", "secret")


class Settings(StreamSettings):
    """Everything an entry point can be told.

    `sim` is true for the embedded simulated gateway, ``auto`` for it unless a host or port is set. `port` is
    `None` until somebody chooses one; `gateway_port` gives TWS's paper port then. `reconnect_attempts` is 0
    for no limit; it, and what to do about a client id in use, is for a line that was there.
    """

    host: str = "127.0.0.1"
    port: Port | None = None
    client_id: ClientId = 1
    account: str = ""
    timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    reconnect_attempts: Annotated[int, Field(ge=0)] = 0
    client_id_in_use: Annotated[Literal["wait", "next"], BeforeValidator(lower)] = "wait"
    market_data_lines: Annotated[int, Field(ge=2, le=100_000)] = 100
    watch: Words = ()
    data_dir: Path = Path("data")
    log_dir: Path = Path("logs")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)] = "info"
    log_autosetup: bool = True
    error_codes: Path | None = None
    wire_log: Path | None = None
    sim: Annotated[bool | Literal["auto"], BeforeValidator(lower)] = False
    seed: Annotated[int, Field(ge=0)] = 1
    feed: Feed = "consistent"

    @property
    def gateway_port(self) -> int:
        """The port to connect to: 7497, TWS's paper port, unless told otherwise."""
        return 7497 if self.port is None else self.port


class StreamGateway(BaseModel):
    """Where the streaming server finds TWS; `chosen` says that its user has named the ports."""

    model_config = ConfigDict(frozen=True)

    host: str
    ports: tuple[int, ...]
    client_id: int
    chosen: bool


class Loaded(BaseModel):
    """Settings and the origin of each."""

    model_config = ConfigDict(frozen=True)

    settings: Settings
    origins: dict[str, Origin]

    @property
    def simulated(self) -> bool:
        """Whether to use the embedded simulated gateway; ``auto`` yields to a chosen host or port."""
        if self.settings.sim == "auto":
            named = ("host", "port", "stream_host", "stream_ports")
            return {self.origins[name] for name in named} == {"default"}
        return self.settings.sim

    def stream_gateway(self) -> StreamGateway:
        """The gateway that the streaming server uses: what was said of it, else what was said in general."""
        settings, origins = self.settings, self.origins

        def general(own: str, name: str) -> bool:
            return origins[own] == "default" and origins[name] != "default"

        return StreamGateway(
            host=settings.host if general("stream_host", "host") else settings.stream_host,
            ports=(settings.gateway_port,) if general("stream_ports", "port") else settings.stream_ports,
            client_id=settings.client_id
            if general("stream_client_id", "client_id")
            else settings.stream_client_id,
            chosen={origins["stream_ports"], origins["port"]} != {"default"},
        )


def load(flags: Mapping[str, Any], environment: Mapping[str, str], env_file: Path = Path(".env")) -> Loaded:
    """Build the settings; raise `SetupError` naming the value, its origin and what to write instead."""
    layers: dict[Origin, dict[str, Any]] = {
        "flag": {name: value for name, value in flags.items() if name in Settings.model_fields},
        "environment": _from_environment(environment),
        ".env": _from_file(env_file),
    }
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = dict.fromkeys(Settings.model_fields, "default")
    for origin, layer in reversed(layers.items()):
        values |= layer
        origins |= dict.fromkeys(layer, origin)
    try:
        return Loaded(settings=Settings(**values), origins=origins)
    except ValidationError as error:
        raise SetupError(_explain(error, origins)) from None


def masked(name: str, value: object) -> str:
    """The value as text, or stars where the name says it is a secret."""
    if any(word in name for word in SECRET_WORDS) and value:
        return "********"
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _closest(name: str, cutoff: float) -> str:
    # What all names of the server's settings share makes none of them alike.
    own = name.startswith("stream_")
    names = {
        each.removeprefix("stream_"): each
        for each in Settings.model_fields
        if each.startswith("stream_") or not own
    }
    close = difflib.get_close_matches(name.removeprefix("stream_"), names, n=1, cutoff=cutoff)
    guess = [names[each] for each in close]
    return f"did you mean IB_{guess[0].upper()}?" if guess else ""


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for key, value in environment.items():
        name = key.removeprefix("IB_").lower()
        if not key.startswith("IB_") or not value:
            continue
        if name in Settings.model_fields:
            found[name] = value
        elif (guess := _closest(name, 0.7)) or name.startswith("stream_"):
            raise SetupError(f"environment: {key} is not a setting; {guess or SEE_ALL}")
    return found


def _from_file(env_file: Path) -> dict[str, str]:
    try:
        lines = dotenv_values(env_file) if env_file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{env_file} cannot be read: {error}") from error
    found = {}
    for key, value in lines.items():
        name = "watch" if key.lower() == "watchlist" else key.removeprefix("IB_").lower()
        if not key.startswith("IB_") and name != "watch":
            continue
        if name not in Settings.model_fields:
            raise SetupError(f"{env_file}: {key} is not a setting; {_closest(name, 0.5) or SEE_ALL}")
        if value:
            found[name] = value
    return found


def _explain(error: ValidationError, origins: Mapping[str, Origin]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    message = str(first["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    flag = name.removeprefix("stream_").replace("_", "-")
    told = f"--{flag}" if origins[name] == "flag" else f"IB_{name.upper()}"
    given = masked(name, first["input"]) if any(word in name for word in SECRET_WORDS) else first["input"]
    return f"{told}={given!r} (from {origins[name]}) is not usable: it should be {message}"

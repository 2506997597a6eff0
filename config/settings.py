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

from market.errors import SetupError
from market.source import Feed

Origin = Literal["flag", "environment", ".env", "default"]

DEFAULT_WATCH = ("AAPL", "TSLA", "EURUSD")
SECRET_WORDS = ("token", "password", "key", "secret")


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _auto(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Settings(BaseModel):
    """Everything an entry point can be told.

    `sim` is true for the embedded simulated gateway, ``auto`` for it unless a host or port is set. `port` is
    `None` until somebody chooses one; `gateway_port` gives TWS's paper port then. `reconnect_attempts` is 0
    for no limit; it, and what to do about a client id in use, is for a line that was there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    client_id: Annotated[int, Field(ge=1, le=2**31 - 1)] = 1
    account: str = ""
    timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    reconnect_attempts: Annotated[int, Field(ge=0)] = 0
    client_id_in_use: Annotated[Literal["wait", "next"], BeforeValidator(_auto)] = "wait"
    market_data_lines: Annotated[int, Field(ge=2, le=100_000)] = 100
    watch: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    data_dir: Path = Path("data")
    log_dir: Path = Path("logs")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_auto)] = "info"
    log_autosetup: bool = True
    error_codes: Path | None = None
    wire_log: Path | None = None
    sim: Annotated[bool | Literal["auto"], BeforeValidator(_auto)] = False
    seed: Annotated[int, Field(ge=0)] = 1
    feed: Feed = "consistent"

    @property
    def gateway_port(self) -> int:
        """The port to connect to: 7497, TWS's paper port, unless told otherwise."""
        return 7497 if self.port is None else self.port


class Loaded(BaseModel):
    """Settings and the origin of each."""

    model_config = ConfigDict(frozen=True)

    settings: Settings
    origins: dict[str, Origin]

    @property
    def simulated(self) -> bool:
        """Whether to use the embedded simulated gateway; ``auto`` yields to a chosen host or port."""
        if self.settings.sim == "auto":
            return {self.origins["host"], self.origins["port"]} == {"default"}
        return self.settings.sim


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
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for key, value in environment.items():
        name = key.removeprefix("IB_").lower()
        if not key.startswith("IB_") or not value:
            continue
        if name in Settings.model_fields:
            found[name] = value
        elif guess := difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.7):
            raise SetupError(f"environment: {key} is not a setting; did you mean IB_{guess[0].upper()}?")
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
            guess = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
            hint = f"did you mean IB_{guess[0].upper()}?" if guess else "see .env.example for those there are"
            raise SetupError(f"{env_file}: {key} is not a setting; {hint}")
        if value:
            found[name] = value
    return found


def _explain(error: ValidationError, origins: Mapping[str, Origin]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    message = str(first["msg"]).removeprefix("Input should be ")
    flag = f"--{name.replace('_', '-')}" if origins[name] == "flag" else f"IB_{name.upper()}"
    return f"{flag}={first['input']!r} (from {origins[name]}) is not usable: it should be {message}"

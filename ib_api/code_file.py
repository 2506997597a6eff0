"""A user's own rows of the table of error codes, from a YAML or JSON file.

::

    10349:                      # IB's number
      severity: info            # info, warning, error or fatal
      effect: none              # none, fail, end or renew: what it does to its request
      error: RequestRejected    # what a request that fails with it raises
      meaning: the time in force came from a preset
      advice: nothing

What is left out is as in the row there is, or as for a code that nobody knows.
"""

from pathlib import Path
from typing import Any, get_args

import yaml

from ib_api.codes.row import Effect, ErrorCode
from ib_api.error_codes import lookup
from ib_api.errors import NotSupported
from market.errors import (
    ContractNotFound,
    NoData,
    NoPermission,
    PacingRefused,
    RequestFailed,
    RequestRejected,
    SetupError,
)
from market.events import Severity

_CLASSES: dict[str, type[RequestFailed]] = {
    each.__name__: each
    for each in (ContractNotFound, NoData, NoPermission, NotSupported, PacingRefused, RequestRejected)
}
_ALLOWED: dict[str, tuple[str, ...]] = {
    "severity": get_args(Severity),
    "effect": get_args(Effect),
    "error": tuple(_CLASSES),
}


def read_codes(path: Path) -> list[ErrorCode]:
    """The rows of a file, ready for `error_codes.extend`; raise `SetupError` that names what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"the error codes in {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        # The library's text has several lines.
        said = " ".join(str(error).split())
        raise SetupError(f"{path} is neither YAML nor JSON: {said}") from error
    if not isinstance(content, dict):
        raise SetupError(f"{path}: write a code on each line, as in 10349: {{effect: none}}")
    return [_row(path, code, fields) for code, fields in content.items()]


def _row(path: Path, code: object, fields: object) -> ErrorCode:
    number = str(code)
    if not number.isdecimal():
        raise SetupError(
            f"{path}: {code!r} is no code of IB; write its number, as in 10349: {{effect: none}}"
        )
    if not isinstance(fields, dict):
        raise SetupError(f"{path}: {code} needs fields, as in {code}: {{effect: none}}")
    return lookup(int(number))._replace(**{name: _value(path, code, name, fields[name]) for name in fields})


# The fields of a row differ in type.
def _value(path: Path, code: object, name: object, value: object) -> Any:
    if name in ("meaning", "advice"):
        if not isinstance(value, str):
            raise SetupError(f"{path}: {code} has {name} {value!r}; write a text")
        return value
    allowed = _ALLOWED.get(str(name))
    if allowed is None:
        raise SetupError(f"{path}: {code} has no {name}; write severity, effect, error, meaning or advice")
    if value not in allowed:
        raise SetupError(f"{path}: {code} has {name} {value!r}; write {', '.join(allowed)}")
    return _CLASSES[str(value)] if name == "error" else value

"""The log as lines of JSON on stderr, with what must not be read there taken out.

Each request has an id: it stands in every line about it, in its answer and in its stream's first event.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

from ib_stream.wire.news import public, without_accounts
from market import times

LOGGERS = ("truetick", "ib_api")
_HIDDEN = "***"
_SECRETS_IN_URLS = re.compile(r"(?i)\b(ticket|token)=[^&\s\"']+")
_TOKEN_HEADERS = re.compile(r"(?i)(bearer\s+|x-api-key:\s*)\S+")
_PLACES = tuple(f"{place}/" for place in (Path(__file__).parents[1], sys.prefix, Path.home()))


class Redactor:
    """Takes secrets, accounts and where things lie on this machine out of a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {each for each in secrets if each}

    def add(self, *secrets: str) -> None:
        """Hide these too from now on."""
        self._secrets |= {each for each in secrets if each}

    def __call__(self, text: str) -> str:
        for place in _PLACES:
            text = text.replace(place, "")
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        text = _TOKEN_HEADERS.sub(rf"\1{_HIDDEN}", _SECRETS_IN_URLS.sub(rf"\1={_HIDDEN}", text))
        return without_accounts(text)

    def message(self, text: str) -> str:
        """As a call, for a message that leaves this machine: no path and no account is in it."""
        return public(self(text))


class JsonFormatter(logging.Formatter):
    """A record as one line; `extra={"fields": {...}}` adds to it."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": times.iso(int(record.created * 1_000) * 1_000_000),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = "".join(traceback.format_exception(record.exc_info[1]))
        return self._redact(json.dumps(line, ensure_ascii=False, default=str))


class JsonLog:
    """The handler, between `start` and `stop`; other handlers of the loggers stay as they are."""

    def __init__(self, redact: Redactor, level: str) -> None:
        self._handler = logging.StreamHandler(sys.stderr)
        self._handler.setFormatter(JsonFormatter(redact))
        self._handler.setLevel(level.upper())
        self._levels: dict[str, int] = {}

    def start(self) -> None:
        """Write what our loggers are told. uvicorn's own lines about requests hold tickets, and end."""
        web = logging.getLogger("uvicorn.error")
        for name in (*LOGGERS, *(() if web.hasHandlers() else (web.name,))):
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(min(self._handler.level, logger.getEffectiveLevel()))
            logger.addHandler(self._handler)
        logging.getLogger("uvicorn.access").disabled = True

    def stop(self) -> None:
        """Leave the loggers as they were."""
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
            logging.getLogger(name).removeHandler(self._handler)
        logging.getLogger("uvicorn.access").disabled = False
        self._handler.close()

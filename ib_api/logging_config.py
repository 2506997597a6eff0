"""The log: `logs/ib_api.log`, which appears with its first record, and warnings on stderr."""

import logging
import sys
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import ClassVar

from market.errors import SetupError

_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(threadName)s: %(message)s"
_FILE_BYTES = 10 * 1024 * 1024
_OLD_FILES = 5


class _LateFileHandler(RotatingFileHandler):
    """Makes its folder with the first record, so that importing leaves no trace."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is None:
            try:
                Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            except OSError:
                # A log that cannot be written must not end what it reports on; stderr has the warnings.
                self.handleError(record)
                return
        super().emit(record)


class LoggingConfig:
    """Log handlers of our own loggers; the root logger and other libraries' loggers stay as they are."""

    LOGGERS: ClassVar[tuple[str, ...]] = ("ib_api", "truetick")
    _handlers: ClassVar[list[logging.Handler]] = []

    @classmethod
    def setup_logging(
        cls, directory: str | Path = "logs", level: str = "INFO", *, to_stderr: bool = True
    ) -> Path:
        """Log to `directory`/ib_api.log (rotated at 10 MiB, five old files) and warnings to stderr.

        Calling it again replaces what the call before set up. Answers the file's path. Raise `SetupError` for
        an unknown level.
        """
        number = logging.getLevelNamesMapping().get(level.upper())
        if number is None:
            raise SetupError(f"log level {level!r} does not exist; use DEBUG, INFO, WARNING or ERROR")
        cls.remove()
        path = Path(directory).absolute() / "ib_api.log"
        cls._handlers.append(_with_format(_LateFileHandler(path), number))
        if to_stderr:
            cls._handlers.append(
                _with_format(logging.StreamHandler(sys.stderr), max(number, logging.WARNING))
            )
        for name in cls.LOGGERS:
            logger = logging.getLogger(name)
            logger.setLevel(number)
            for handler in cls._handlers:
                logger.addHandler(handler)
        return path

    @classmethod
    def remove(cls) -> None:
        """Take our handlers away and close the file."""
        for handler in cls._handlers:
            for name in cls.LOGGERS:
                logging.getLogger(name).removeHandler(handler)
            handler.close()
        cls._handlers.clear()


def _with_format(handler: logging.Handler, level: int) -> logging.Handler:
    formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.setLevel(level)
    return handler

"""Which functions of the wire encode messages, and which of them were used."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

from simulator import wire


def _functions() -> dict[CodeType, str]:
    """Every public function of the wire that takes a version first and gives what is sent, by its code."""
    found: dict[CodeType, str] = {}
    for info in pkgutil.iter_modules(wire.__path__):
        module = importlib.import_module(f"{wire.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = inspect.signature(function).parameters
            is_encoder = (
                next(iter(parameters), "") == "version" and function.__annotations__["return"] in _SENT
            )
            if function.__module__ == module.__name__ and is_encoder and not name.startswith("_"):
                found[function.__code__] = f"{info.name}.{name}"
    return found


_SENT = (bytes, list[bytes], tuple[bytes, ...])


def encoders() -> set[str]:
    """The names of all encoders."""
    return set(_functions().values())


@contextmanager
def used_encoders() -> Iterator[set[str]]:
    """A set that fills with the names of the encoders called within the block."""
    functions, used = _functions(), set[str]()

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in functions:
            used.add(functions[frame.f_code])

    sys.setprofile(profile)
    try:
        yield used
    finally:
        sys.setprofile(None)

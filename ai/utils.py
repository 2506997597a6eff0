"""The doors to the libraries of the `ai` extra: imported when used, and missed with a word on what to do."""

import importlib
import os
from typing import Any

from ai.errors import MissingExtra


def extra(name: str) -> Any:  # the libraries bring no types
    """The module called `name`; raise `MissingExtra`."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{error.name} is not installed; use ./run train, which installs it, or: pip install -e '.[ai]'"
        ) from error


def keras() -> Any:
    """Keras on TensorFlow, which says nothing about itself."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return extra("keras")


def gpus() -> list[str]:
    """The names of the GPUs that TensorFlow sees; it uses the first by itself."""
    keras()
    return [each.name for each in extra("tensorflow").config.list_physical_devices("GPU")]

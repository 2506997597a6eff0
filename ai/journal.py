"""Forecasts as they were told, beside what came: a file of JSON lines for each contract and size."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from market.events import Prediction

_BLOCK = 1 << 16


class Came(msgspec.Struct, frozen=True):
    """What became of a forecast: the bar, and whether its close lay between the outer quantiles."""

    time: int
    inside: bool
    model: str
    open: float
    high: float
    low: float
    close: float
    volume: float


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the two."""

    forecast: Prediction | None = None
    came: Came | None = None


class Journal:
    """One contract's and size's; the file only grows."""

    def __init__(self, folder: Path, symbol: str, size: str) -> None:
        self._path = folder / "predictions" / f"{symbol.replace(os.sep, '_')}-{size}.jsonl"

    def note(self, line: Line) -> None:
        """Append one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    def newest(self) -> Iterator[Line]:
        """What was noted, the last first; what cannot be read, as a line that a kill cut off, is left out."""
        decoder = msgspec.json.Decoder(Line)
        for text in self._backward():
            try:
                yield decoder.decode(text)
            except msgspec.MsgspecError:
                continue

    def since(self, received: int) -> list[Prediction]:
        """The forecasts that were made at `received` or later, UTC nanoseconds, the oldest first."""
        found = list[Prediction]()
        for line in self.newest():
            if line.forecast is not None:
                if line.forecast.received < received:
                    break
                found.append(line.forecast)
        return found[::-1]

    def last(self) -> Prediction | None:
        """The newest forecast, if there is any."""
        return next((line.forecast for line in self.newest() if line.forecast is not None), None)

    def _backward(self) -> Iterator[bytes]:
        """Lines from the end on, a block at a time."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            place, rest = file.seek(0, os.SEEK_END), b""
            while place:
                size = min(place, _BLOCK)
                place = file.seek(place - size)
                rest, *lines = (file.read(size) + rest).split(b"\n")
                yield from (each for each in reversed(lines) if each)
            if rest:
                yield rest

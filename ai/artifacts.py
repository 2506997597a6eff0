"""Models on disk: a folder for each version, one of which is current, and nothing loaded that was not saved.

::

    ai/models/<TICKER>/<size>/<version>/card.json      what it is, and the SHA-256 of each other file
                                        model.keras    to train on, or to load with Keras alone
                                        X.joblib       scalers: dicts of arrays, nothing else
                                        Y.joblib
                                        serving.npz    all that its champions need, as arrays
                                        window.onnx    the network over one window
    ai/models/<TICKER>/<size>/current                  the version that serves
    ai/models/price_predictor.keras                    link to the model made current last
    ai/models/scalers/<TICKER>_X.joblib, _Y.joblib     links to its scalers

A version is written aside and moved into place, so that none is ever seen in part.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ai.champions import Outcome
from ai.errors import DamagedModel, NoModel, OldModel, WrongModel
from ai.meta import Meta
from ai.scaling import Scaler
from ai.utils import extra

ROOT = Path(__file__).parent / "models"
SERVING, KERAS, WINDOW, CARD = "serving.npz", "model.keras", "window.onnx", "card.json"
SCALERS = {"X": "X.joblib", "Y": "Y.joblib"}
FORMAT = 2
"""Of what a version holds. 2: champions speak for each target; before, the network for all."""


class _Format(msgspec.Struct):
    format: int = 1


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is and comes from. Times are UTC nanoseconds; `losses` are the validation's by epoch.

    `outcomes` are the contests that decided who speaks for which target, held on bars up to `judged_to`;
    without any the network speaks for all.
    """

    version: str
    format: int = FORMAT
    meta: Meta
    tick: float
    steps: int
    score: int
    trainer: str
    seed: int
    made: int
    first: int
    last: int
    rows: int
    stretches: int
    splits: int
    data_sha256: str
    weights_sha256: str
    losses: tuple[float, ...]
    best: int
    across_sessions: bool = False
    parent: str = ""
    outcomes: tuple[Outcome, ...] = ()
    judged_to: int = 0
    metrics: dict[str, Any] = {}
    libraries: dict[str, str] = {}
    files: dict[str, str] = {}

    @property
    def champions(self) -> dict[str, str]:
        """Who speaks, by target."""
        return {each.target: each.winner for each in self.outcomes}

    @property
    def proved(self) -> bool:
        """Whether anything that was learned is better than the best simple baseline, and not by luck."""
        return any(each.proven for each in self.outcomes)


class Models:
    """The models below a folder."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    def save(self, card: Card, write: Callable[[Path], None], *, current: bool = True) -> Card:
        """Keep what `write` puts into a folder as the version of `card`, and make it `current`."""
        home = self._home(card.meta)
        home.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
        try:
            write(aside)
            files = {path.name: digest(path) for path in sorted(aside.iterdir())}
            card = msgspec.structs.replace(card, files=files)
            (aside / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=1))
            aside.rename(home / card.version)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        if current:
            self.make_current(card)
        return card

    def make_current(self, card: Card) -> None:
        """Let this version serve, and the paths without version name it."""
        home = self._home(card.meta)
        folder = home / card.version
        _replace(home / "current", lambda path: path.write_text(f"{card.version}\n"))
        _link(self.root / "price_predictor.keras", folder / KERAS)
        for name, file in SCALERS.items():
            _link(self.root / "scalers" / f"{_safe(card.meta.symbol)}_{name}.joblib", folder / file)

    def update(self, card: Card) -> None:
        """Write a card anew, e.g. with what an evaluation found."""
        text = msgspec.json.format(msgspec.json.encode(card), indent=1)
        _replace(self.folder(card) / CARD, lambda path: path.write_bytes(text))

    def versions(self, symbol: str, size: str) -> list[str]:
        """Those that there are, the oldest first."""
        home = self.root / _safe(symbol) / _folder(size)
        return sorted(path.parent.name for path in home.glob(f"*/{CARD}"))

    def cards(self, symbol: str, size: str) -> list[Card]:
        """Those of all versions, but of an older format."""
        found = []
        for version in self.versions(symbol, size):
            with contextlib.suppress(OldModel):
                found.append(self.card(symbol, size, version))
        return found

    def card(self, symbol: str, size: str, version: str | None = None) -> Card:
        """Of a version, or of the current one; raise `NoModel`, `OldModel` or `DamagedModel`."""
        home = self.root / _safe(symbol) / _folder(size)
        pointer = home / "current"
        if version is None:
            if not pointer.is_file():
                raise NoModel(
                    f"there is no model of {symbol} {size}; make one: ./run train {symbol} --barSize {size}"
                )
            version = pointer.read_text().strip()
        path = home / _safe(version) / CARD
        if not path.is_file():
            raise NoModel(f"{symbol} {size} has no version {version}; there are: {self._known(symbol, size)}")
        try:
            if (found := msgspec.json.decode(path.read_bytes(), type=_Format).format) != FORMAT:
                raise OldModel(
                    f"the model {path.parent.name} of {symbol} {size} has format {found}, and this program "
                    f"reads {FORMAT}; train it again: ./run train {symbol} --barSize {size}"
                )
            return msgspec.json.decode(path.read_bytes(), type=Card)
        except msgspec.MsgspecError as error:
            raise DamagedModel(f"{path} cannot be read ({error}); train anew") from error

    def folder(self, card: Card) -> Path:
        """Where its files are."""
        return self._home(card.meta) / card.version

    def path(self, card: Card, name: str) -> Path:
        """One of its files, checked to be the one that was saved; raise `DamagedModel`."""
        path = self.folder(card) / name
        if not path.is_file() or digest(path) != card.files.get(name):
            raise DamagedModel(f"{path} is missing or not the file that was saved; train anew")
        return path

    def scalers(self, card: Card) -> tuple[Scaler, Scaler]:
        """Of features and targets; read only if they are what was saved, since joblib runs what it reads."""
        joblib = extra("joblib")
        x, y = (Scaler.from_dict(joblib.load(self.path(card, name))) for name in SCALERS.values())
        return x, y

    def arrays(self, card: Card) -> dict[str, np.ndarray[Any, Any]]:
        """All that forecasts need; nothing in it can run."""
        with np.load(self.path(card, SERVING), allow_pickle=False) as saved:
            return {name: saved[name] for name in saved.files}

    def _home(self, meta: Meta) -> Path:
        return self.root / _safe(meta.symbol) / _folder(meta.size)

    def _known(self, symbol: str, size: str) -> str:
        return ", ".join(self.versions(symbol, size)) or "none"


def check_fits(card: Card, meta: Meta) -> None:
    """Raise `WrongModel` unless the model was made of what `meta` says."""
    for name in ("symbol", "size", "source", "contract_id", "exchange", "what", "hours"):
        made, asked = getattr(card.meta, name), getattr(meta, name)
        if made != asked:
            raise WrongModel(
                f"the model {card.version} was made of {name.replace('_', ' ')} {made!r}, these bars are of "
                f"{asked!r}; train one of these bars"
            )


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Several tickers are trained at once, and some names are shared.
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)
    write(aside)
    aside.replace(path)


def _link(path: Path, target: Path) -> None:
    inside = os.path.relpath(target, path.parent)
    _replace(path, lambda aside: aside.symlink_to(inside))


def _safe(name: str) -> str:
    """A name as one part of a path: no way out of the folder, no hidden file."""
    return re.sub(r"[^A-Za-z0-9.+-]", "_", name).lstrip(".") or "_"


def _folder(size: str) -> str:
    # A file system that ignores case would take a month for a minute.
    return {"1M": "1month"}.get(size, size)

"""The environments of the peers, made once under ``.venv-peers`` from the pinned list in ``peers.txt``."""

import shutil
import subprocess
import sys
from pathlib import Path

from market.errors import SetupError

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_name("peers.txt")
INSTALL_SECONDS = 300


def read_list(text: str) -> dict[str, list[str]]:
    """The requirements of every environment in `text`.

    >>> read_list("# a comment\\nold ibapi==9.81.1.post1")
    {'old': ['ibapi==9.81.1.post1']}
    """
    lines = (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {name: requirements for name, *requirements in lines}


def python_of(name: str, folder: Path = ROOT / ".venv-peers") -> Path:
    """The interpreter of peer `name`; its environment is made when it is missing or pinned otherwise.

    Raise `SetupError` when it cannot be made.
    """
    requirements = read_list(LIST.read_text())[name]
    home = folder / name
    stamp = home / ".installed"
    if not stamp.is_file() or stamp.read_text().split() != requirements:
        _make(home, requirements)
        stamp.write_text("\n".join(requirements))
    return home / "bin" / "python"


def _make(home: Path, requirements: list[str]) -> None:
    print(f"installing {' '.join(requirements)} into {home} (once)", file=sys.stderr)
    shutil.rmtree(home, ignore_errors=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        for command in ([sys.executable, "-m", "venv", str(home)], [*pip, *requirements]):
            subprocess.run(command, check=True, timeout=INSTALL_SECONDS, stdout=sys.stderr)
    except subprocess.SubprocessError as error:
        raise SetupError(f"cannot install {' '.join(requirements)} ({error}); is there a network?") from error

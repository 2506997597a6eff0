import subprocess
from pathlib import Path

import pytest

from benchmarks import peers
from market.errors import SetupError


def test_every_peer_is_pinned() -> None:
    environments = peers.read_list(peers.LIST.read_text())
    assert environments
    assert all("==" in requirement for each in environments.values() for requirement in each)


def test_comments_and_blank_lines_are_no_peers() -> None:
    assert peers.read_list("# no peer\n\nold ibapi==9.81.1.post1 six==1\n") == {
        "old": ["ibapi==9.81.1.post1", "six==1"]
    }


def test_an_environment_as_listed_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(home: Path, requirements: list[str]) -> None:
        home.mkdir()
        made.append(home.name)

    monkeypatch.setattr(peers, "_make", make)
    first = peers.python_of("ib_async-2.1", tmp_path)
    assert peers.python_of("ib_async-2.1", tmp_path) == first == tmp_path / "ib_async-2.1" / "bin" / "python"
    assert made == ["ib_async-2.1"]


def test_an_environment_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(SetupError, match=r"cannot install ib_async==.*network"):
        peers.python_of("ib_async-2.1", tmp_path)
    assert not list(tmp_path.rglob(".installed"))

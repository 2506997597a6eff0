"""The files of the page: there, typed, and of the version that the page was made for."""

import re
from importlib.metadata import PackagePath
from pathlib import Path
from typing import Any

import pytest

from charting import assets as module
from charting.assets import LIBRARY, asset, assets, library
from market.errors import SetupError


def test_the_page_and_everything_it_loads_are_there() -> None:
    page = assets()["index.html"].body.decode()
    asked = re.findall(r'(?:href|src)="/assets/([^"]+)"', page)
    assert LIBRARY in asked
    assert [name for name in asked if name not in assets()] == []


def test_every_module_that_a_script_imports_is_there() -> None:
    for name, each in assets().items():
        for target in re.findall(r'from "(\./[^"]+)"', each.body.decode()) if name.startswith("js/") else ():
            assert str((Path("/") / name).parent / target).lstrip("/") in assets(), f"{name} imports {target}"


def test_the_library_is_the_version_with_panes_and_keeps_its_licence() -> None:
    head = assets()[LIBRARY].body[:400].decode()
    assert "Lightweight Charts™ v5.2" in head
    assert "Apache" in head
    assert b"https://www.tradingview.com/" in assets()["NOTICE.txt"].body


def test_the_page_has_no_script_or_style_of_its_own_and_nothing_of_elsewhere() -> None:
    page = assets()["index.html"].body.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', page)


def test_an_etag_changes_with_the_contents() -> None:
    assert asset("a.js", b"1").etag == asset("b.js", b"1").etag != asset("a.js", b"2").etag


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> list[PackagePath]:
        return []

    monkeypatch.setattr(module, "files", none)
    with pytest.raises(SetupError, match="pip install python-lightweight-charts"):
        library()


def test_it_is_read_as_a_file_and_never_imported() -> None:
    import sys

    modules: dict[str, Any] = dict(sys.modules)
    assert "lightweight_charts" not in modules

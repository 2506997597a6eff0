import pytest

from charting.desktop import check
from market.errors import SetupError

SCREEN = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("environ", "module", "library", "message"),
    [
        (SCREEN, "", "", r"needs webview; type: .*\[desktop\]"),
        (SCREEN, "webview", "", "needs qtpy"),
        ({}, "all", "x", "needs a screen"),
        (SCREEN, "all", "", "apt-get install libxcb-cursor0"),
    ],
)
def test_what_a_window_lacks_is_said_before_it_is_tried(
    environ: dict[str, str], module: str, library: str, message: str
) -> None:
    with pytest.raises(SetupError, match=message):
        check(environ, "linux", lambda name: module in ("all", name), lambda _: library)


@pytest.mark.parametrize("environ", [SCREEN, {"WAYLAND_DISPLAY": "wayland-0"}])
def test_with_everything_there_nothing_is_said(environ: dict[str, str]) -> None:
    check(environ, "linux", lambda _: True, lambda _: "libxcb-cursor.so.0")


def test_a_mac_needs_neither_display_nor_library() -> None:
    check({}, "darwin", lambda _: True, lambda _: None)

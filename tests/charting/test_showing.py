import webbrowser

import pytest

from charting.showing import can_open, show_page


@pytest.mark.parametrize(
    ("environ", "platform", "opens"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "w"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1.2.3.4"}, "linux", False),
    ],
)
def test_a_browser_is_opened_where_somebody_sees_it(
    environ: dict[str, str], platform: str, opens: bool
) -> None:
    assert can_open(environ, platform) == opens


@pytest.mark.parametrize("works", [True, False])
def test_the_address_is_said_in_any_case(works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: works)
    said = list[str]()
    show_page("http://127.0.0.1:8000/chart", {"DISPLAY": ":0"}, said.append)
    assert said[0].startswith("chart: http://127.0.0.1:8000/chart")
    assert ("opened" in said[0]) == works

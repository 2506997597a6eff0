import webbrowser

import pytest

from charting.showing import has_screen, show_page


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
    assert has_screen(environ, platform) == opens


@pytest.mark.parametrize(("environ", "opened"), [({"DISPLAY": ":0"}, 1), ({"CI": "1"}, 0)])
def test_the_address_is_said_in_any_case(
    environ: dict[str, str], opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls, said = list[str](), list[str]()
    monkeypatch.setattr(webbrowser, "open", urls.append)
    show_page("http://127.0.0.1:8000/chart", environ, said.append)
    assert said == ["chart: http://127.0.0.1:8000/chart"]
    assert urls == ["http://127.0.0.1:8000/chart"] * opened

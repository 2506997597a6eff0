from cli import main_job
from cli.page import free_place, has_screen
from cli.parser import build
from cli.serve import listening


def test_a_port_that_is_taken_gives_way_to_the_next() -> None:
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with free_place("127.0.0.1", port) as second:
            assert port < second.getsockname()[1] <= port + 20


def test_a_browser_is_opened_only_where_somebody_sees_it() -> None:
    assert has_screen({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert has_screen({}, "darwin")
    assert not has_screen({}, "linux")
    assert not has_screen({"DISPLAY": ":10", "SSH_CONNECTION": "1.2.3.4"}, "linux")


def test_without_a_command_nothing_is_served_unless_it_is_asked_for() -> None:
    parser = build((), main_job.COMMAND)
    bare, page = parser.parse_args([]), parser.parse_args(["--page"])
    assert (bare.serve, bare.page) == (None, False)
    assert (page.serve, page.page) == (None, True)

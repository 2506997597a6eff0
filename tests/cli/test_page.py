import pytest

from cli import main_job
from cli.page import free_place
from cli.parser import build
from ib_stream.hosting import listening


def test_a_port_that_is_taken_gives_way_to_the_next_and_it_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with free_place("127.0.0.1", port) as second:
            assert port < second.getsockname()[1] <= port + 20
    assert f"port {port} is taken" in capsys.readouterr().err


def test_without_a_command_nothing_is_served_unless_it_is_asked_for() -> None:
    parser = build((), main_job.COMMAND)
    bare, page = parser.parse_args([]), parser.parse_args(["--page"])
    assert (bare.serve, bare.page) == (None, False)
    assert (page.serve, page.page) == (None, True)

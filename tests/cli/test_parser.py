import argparse

import pytest

from cli.parser import Command, build
from config.settings import Loaded, Settings


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--own", action="store_true")


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    return 0


def _run_main(loaded: Loaded, args: argparse.Namespace) -> int:
    return 0


PARSER = build(
    (Command("look", "look", _no_arguments, _run),), Command("run", "main", _no_arguments, _run_main)
)


@pytest.mark.parametrize("arguments", [["--port", "5", "look"], ["look", "--port", "5"]])
def test_a_shared_flag_stands_before_or_after_the_subcommand(arguments: list[str]) -> None:
    args = PARSER.parse_args(arguments)
    assert (args.port, args.run) == (5, _run)


def test_the_later_of_two_wins() -> None:
    assert PARSER.parse_args(["--port", "5", "look", "--port", "6"]).port == 6


def test_without_a_subcommand_it_is_the_main_job() -> None:
    assert PARSER.parse_args([]).run is _run_main


def test_what_is_not_given_does_not_appear_so_that_the_environment_can_speak() -> None:
    given = vars(PARSER.parse_args(["look"])).keys() & Settings.model_fields.keys()
    assert given == set()


def test_a_flag_cannot_be_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        PARSER.parse_args(["look", "--po", "5"])
    assert ended.value.code == 2


def test_a_slip_is_one_line_that_names_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        PARSER.parse_args(["look", "--port", "five"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "truetick look: argument --port: invalid int value: 'five'; see: truetick look --help\n"
    )

import argparse

import pytest

from cli.sim import COMMAND


@pytest.mark.parametrize(("arguments", "lenient"), [([], False), (["--lenient"], True)])
def test_a_gateway_polices_unless_told_not_to(arguments: list[str], lenient: bool) -> None:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    assert parser.parse_args(arguments).lenient is lenient

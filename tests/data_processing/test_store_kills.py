"""Writers killed outright, a dozen of them; `tests.long.test_store_kills` has hundreds."""

from pathlib import Path
from random import Random

import pytest

from tests.data_processing.store_writers import killed_again_and_again


@pytest.mark.parametrize("policy", ["always", "group", "off"])
def test_a_killed_writer_leaves_all_that_it_acknowledged_whole_and_once(tmp_path: Path, policy: str) -> None:
    """Not a power cut: what a policy leaves to the system survives the end of the program."""
    assert killed_again_and_again(tmp_path, policy, 4, Random(policy)) > 0

"""Writers that are killed again and again lose nothing that they acknowledged, and store nothing twice."""

from pathlib import Path
from random import Random

import pytest

from tests.data_processing.store_writers import killed_again_and_again

KILLS = 200


@pytest.mark.long
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("policy", ["always", "group", "off"])
def test_hundreds_of_kills_lose_nothing_acknowledged_and_store_nothing_twice(
    tmp_path: Path, policy: str
) -> None:
    stored = killed_again_and_again(tmp_path, policy, KILLS, Random(policy))
    print(f"{policy}: {stored} things survived {KILLS} kills")
    assert stored > KILLS

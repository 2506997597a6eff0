"""A backfill that is killed at every request ends in the same bytes as one that nobody disturbs."""

from pathlib import Path

import pytest

from tests.end_to_end.killing import killed, standing_gateway, stored, whole


@pytest.mark.parametrize("ticks", [(), ("--ticks",)], ids=["bars", "ticks"])
def test_killed_at_every_request_it_ends_in_the_same_bytes(tmp_path: Path, ticks: tuple[str, ...]) -> None:
    span = ("2026-03-04T14:30", "2026-03-04T14:50") if ticks else ("2026-03-04", "2026-03-07")
    wanted = (*span, "AAPL,TSLA", *ticks)
    with standing_gateway() as port:
        whole(port, tmp_path / "whole", *wanted)
        assert killed(port, tmp_path / "killed", *wanted) >= 6
    assert stored(tmp_path / "killed") == stored(tmp_path / "whole")

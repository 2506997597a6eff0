"""250 contract-days, killed at every request: the same bytes as an undisturbed run."""

from pathlib import Path

import pytest

from tests.end_to_end.killing import killed, standing_gateway, stored, whole

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
# With weekends, a holiday and a change of the clocks.
FIFTY_DAYS = ("2026-02-02", "2026-03-24", "AAPL,TSLA,AMZN,MSFT,NVDA")


def test_killed_at_every_request_250_contract_days_end_in_the_same_bytes(tmp_path: Path) -> None:
    with standing_gateway() as port:
        whole(port, tmp_path / "whole", *FIFTY_DAYS)
        deaths = killed(port, tmp_path / "killed", *FIFTY_DAYS, timeout=1700)
    print(f"killed {deaths} times")
    assert deaths >= 250
    assert stored(tmp_path / "killed") == stored(tmp_path / "whole")

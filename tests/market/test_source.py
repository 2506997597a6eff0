import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import BadRequest
from market.source import Source


@given(st.integers(0, 10**9), st.sampled_from(["consistent", "tws"]), st.booleans())
def test_a_simulated_account_tells_its_source(seed: int, feed: str, always_open: bool) -> None:
    source = Source.simulated(seed=seed, feed=feed, always_open=always_open)  # type: ignore[arg-type]
    assert Source.of_account(source.account) == source


def test_a_replay_account_tells_its_source() -> None:
    source = Source.replay("1a2b3c4d5e6f")
    assert (source.name, Source.of_account(source.account)) == ("replay-1a2b3c4d", source)


@pytest.mark.parametrize(
    ("account", "label"), [("DU1234567", "PAPER"), ("DF123", "PAPER"), ("U1234567", "LIVE")]
)
def test_a_real_account_is_paper_or_live_and_both_share_a_store(account: str, label: str) -> None:
    source = Source.of_account(account)
    assert (source.label, source.name) == (label, "ib")


def test_an_unknown_kind_of_simulated_account_is_never_taken_for_real() -> None:
    with pytest.raises(BadRequest, match="simulated but of an unknown kind"):
        Source.of_account("DUSIMX1")

import msgspec
import pytest

from data_processing.futures.chain import chain, expiry_day
from market.errors import AmbiguousContract, BadRequest, ContractNotFound
from tests.data_processing.futures.world import FIRST, future
from tests.fakes import AAPL

NEAR, FAR = future(1, 4), future(2, 9)


@pytest.mark.parametrize("text", ["ES", "es", "ES@CME", "ES@CME:USD", "ES:USD", "ES@CME/FUT"])
def test_a_chain_is_found_by_its_names_and_sorted_by_expiry(text: str) -> None:
    assert chain([FAR, AAPL, NEAR], text) == [NEAR, FAR]


def test_other_exchanges_and_other_sizes_are_not_mixed() -> None:
    micro = msgspec.structs.replace(FAR, contract_id=3, trading_class="MES", multiplier=5.0)
    other = msgspec.structs.replace(FAR, contract_id=4, exchange="QBALGO")
    with pytest.raises(AmbiguousContract, match=r"fits several futures: .*MES"):
        chain([NEAR, micro], "ES")
    assert chain([NEAR, FAR, micro], "MES") == [micro]
    assert chain([NEAR, FAR, other], "ES@CME") == [NEAR, FAR]


def test_a_chain_of_which_nothing_is_stored_is_told() -> None:
    with pytest.raises(ContractNotFound, match="no futures of 'AAPL' are stored"):
        chain([AAPL, NEAR], "AAPL")


def test_an_expiry_is_a_day() -> None:
    assert expiry_day(NEAR) == FIRST + 4
    for text in ("202612", "", "soon"):
        with pytest.raises(BadRequest, match="no day of expiry"):
            expiry_day(msgspec.structs.replace(NEAR, expiry=text))

from pathlib import Path

import pytest

from data_processing.futures.interest import read_interest
from market.errors import BadRequest
from tests.data_processing.futures.world import FIRST, future

CHAIN = [future(1, 4), future(2, 9)]


def test_contracts_are_found_by_name_or_number_and_others_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "interest.csv"
    path.write_text(
        "open_interest,date,contract,note\n10,2026-03-02,ES1,x\n20.5,2026-03-03,2,\n7,2026-03-03,NQ9,\n"
    )
    assert read_interest(path, CHAIN) == {(FIRST, 1): 10.0, (FIRST + 1, 2): 20.5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,contract\n", "has no column 'open_interest'"),
        ("", "has no column 'date'"),
        ("date,contract,open_interest\n2026-03-02,ES1,1\n02.03.2026,ES1,5\n", "line 3: '02.03.2026,ES1,5'"),
        ("date,contract,open_interest\n2026-03-02,ES1,many\n", "line 2"),
        ("date,contract,open_interest\n2026-03-02,ES1\n", "line 2"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(BadRequest, match=said):
        read_interest(tmp_path / "x.csv", CHAIN)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        read_interest(tmp_path / "none.csv", CHAIN)

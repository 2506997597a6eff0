from pathlib import Path

import pytest

from ib_api.code_file import read_codes
from ib_api.error_codes import lookup
from market.errors import NoPermission, SetupError


def test_a_row_gives_what_it_changes_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text(
        "399: {severity: info}\n61234:\n  effect: none\n  error: NoPermission\n  advice: call us\n"
    )
    remark, new = read_codes(path)
    assert remark == lookup(399)._replace(severity="info")
    assert (new.code, new.effect, new.error, new.advice) == (61234, "none", NoPermission, "call us")


def test_json_is_as_good(tmp_path: Path) -> None:
    path = tmp_path / "codes.json"
    path.write_text('{"10349": {"effect": "fail"}}')
    assert [(row.code, row.effect) for row in read_codes(path)] == [(10349, "fail")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12: {effect: explode}", "write none, fail, end, renew"),
        ("12: {severity: [info]}", "write info, warning"),
        ("12: {colour: red}", "12 has no colour; write severity"),
        ("12: {advice: 3}", "12 has advice 3; write a text"),
        ("twelve: {effect: none}", "is no code of IB"),
        ("12: none", "12 needs fields"),
        ("- 12", "write a code on each line"),
        ("{", "is neither YAML nor JSON"),
    ],
)
def test_a_slip_in_the_file_is_named_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text(text)
    with pytest.raises(SetupError, match=said) as caught:
        read_codes(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"codes.yaml cannot be read"):
        read_codes(tmp_path / "codes.yaml")

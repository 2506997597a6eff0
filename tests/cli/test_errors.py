import json
from pathlib import Path

import pytest

from cli.app import main
from ib_api.error_codes import ERROR_CODES


def test_a_code_is_explained_in_words_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "10197"]) == 0
    assert "another session" in capsys.readouterr().out
    assert main(["errors", "10197", "200", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["code"] for row in rows] == [10197, 200]
    assert all(row["meaning"] and row["advice"] for row in rows)


def test_a_users_file_changes_what_is_known_of_a_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ib_api.error_codes.ERROR_CODES", dict(ERROR_CODES))
    (tmp_path / "codes.yaml").write_text("61234: {effect: none, severity: info, meaning: our own}")
    assert main(["errors", "61234", "--error-codes", str(tmp_path / "codes.yaml")]) == 0
    assert capsys.readouterr().out.startswith("61234 (info; the request goes on): our own")
    assert main(["errors", "61234", "--error-codes", str(tmp_path / "none.yaml")]) == 2

import json

import pytest

from cli.app import main


def test_a_code_is_explained_in_words_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "10197"]) == 0
    assert "another session" in capsys.readouterr().out
    assert main(["errors", "10197", "200", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["code"] for row in rows] == [10197, 200]
    assert all(row["meaning"] and row["advice"] for row in rows)

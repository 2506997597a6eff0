from typing import Literal

import pytest

from cli.stream import ConnectionNews
from market.events import ConnectionChanged


def test_a_failure_that_repeats_itself_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    tell = ConnectionNews()

    def say(state: Literal["connecting", "ready"], reason: str) -> None:
        tell(ConnectionChanged(state, reason, 0))

    say("connecting", "attempt 1 failed: nothing answers")
    say("connecting", "attempt 2 failed: nothing answers")
    say("connecting", "attempt 3 failed: client id in use")
    say("ready", "connected as DU1")
    assert capsys.readouterr().err.splitlines() == [
        "connection is being made anew: attempt 1 failed: nothing answers",
        "connection is being made anew: attempt 3 failed: client id in use",
        "connection ready: connected as DU1",
    ]

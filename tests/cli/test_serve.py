from pathlib import Path

import pytest

from cli.parser import build
from cli.serve import COMMAND
from config.settings import load
from market.errors import SetupError


def test_it_listens_elsewhere_only_with_a_token(tmp_path: Path) -> None:
    loaded = load({"stream_bind": "0.0.0.0:0"}, {}, tmp_path / ".env")
    with pytest.raises(SetupError, match="set IB_STREAM_TOKEN"):
        COMMAND.run(loaded, build((COMMAND,), COMMAND).parse_args(["serve"]))


def test_its_flags_are_settings(tmp_path: Path) -> None:
    flags = [
        "serve",
        "--bind",
        "127.0.0.1:81",
        "--ports",
        "4002,7497",
        "--max-streams",
        "3",
        "--stream-timeout",
        "9",
    ]
    args = build((COMMAND,), COMMAND).parse_args(flags)
    settings = load(vars(args), {}, tmp_path / ".env").settings
    assert settings.stream_address == ("127.0.0.1", 81)
    assert (settings.stream_ports, settings.stream_max_streams) == ((4002, 7497), 3)
    assert settings.stream_stream_timeout == 9

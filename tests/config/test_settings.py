from pathlib import Path

import pytest

from config.settings import Settings, load, masked
from market.errors import SetupError


def write(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text)
    return path


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    env_file = write(tmp_path, "IB_PORT=1\nIB_CLIENT_ID=11\nIB_HOST=file\n")
    loaded = load({"port": 3}, {"IB_PORT": "2", "IB_CLIENT_ID": "12"}, env_file)
    settings = loaded.settings
    assert (settings.port, settings.client_id, settings.host) == (3, 12, "file")
    assert [loaded.origins[name] for name in ("port", "client_id", "host", "seed")] == [
        "flag",
        "environment",
        ".env",
        "default",
    ]


@pytest.mark.parametrize("line", ["IB_WATCH=AAPL,TSLA", "watchlist=AAPL TSLA", "WATCHLIST='AAPL, TSLA'"])
def test_the_watch_list_may_be_written_either_way(tmp_path: Path, line: str) -> None:
    assert load({}, {}, write(tmp_path, line)).settings.watch == ("AAPL", "TSLA")


def test_a_slip_in_the_environment_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="did you mean IB_PORT"):
        load({}, {"IB_PROT": "7497"}, tmp_path / ".env")


def test_another_programs_variable_is_none_of_our_business(tmp_path: Path) -> None:
    assert load({}, {"IB_GATEWAY_VERSION": "10.30"}, tmp_path / ".env").settings == Settings()


def test_an_unknown_name_in_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="IB_COLOUR is not a setting"):
        load({}, {}, write(tmp_path, "IB_COLOUR=blue"))


@pytest.mark.parametrize(
    ("name", "value"), [("IB_PORT", "99999"), ("IB_PORT", "x"), ("IB_FEED", "real"), ("IB_CLIENT_ID", "0")]
)
def test_an_unusable_value_names_itself_and_its_origin(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SetupError, match=rf"{name}='{value}' \(from environment\)"):
        load({}, {name: value}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("environment", "simulated"),
    [
        ({}, False),
        ({"IB_SIM": "auto"}, True),
        ({"IB_SIM": "auto", "IB_PORT": "7497"}, False),
        ({"IB_SIM": "1"}, True),
    ],
)
def test_auto_yields_to_a_chosen_gateway(
    tmp_path: Path, environment: dict[str, str], simulated: bool
) -> None:
    assert load({}, environment, tmp_path / ".env").simulated is simulated


def test_a_secret_is_shown_as_stars() -> None:
    assert masked("api_token", "abc") == "********"
    assert masked("host", "abc") == "abc"


def test_every_line_of_the_example_is_a_setting(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / ".env.example"
    lines = [line.removeprefix("# ") for line in example.read_text().splitlines() if line.startswith("# IB_")]
    load({}, {}, write(tmp_path, "\n".join(lines)))
    assert {line.partition("=")[0].removeprefix("IB_").lower() for line in lines} == set(
        Settings.model_fields
    )

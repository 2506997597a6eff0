"""The container's image holds what the program consists of."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
COPIED = {
    source
    for line in (ROOT / "Dockerfile").read_text().splitlines()
    if line.startswith("COPY ") and "--from" not in line
    for source in line.split()[1:-1]
}


def test_every_package_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.removesuffix("*") for name in packages} <= COPIED


def test_what_is_copied_is_there_and_reaches_the_build() -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    assert let_through == COPIED
    assert all((ROOT / source).exists() for source in COPIED)


def test_the_gateway_is_reached_where_its_image_relays_paper_connections() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    told = services["truetick"]["environment"]
    assert (told["IB_STREAM_HOST"], [told["IB_STREAM_PORTS"]]) == ("gateway", services["gateway"]["expose"])
    assert ":?" in told["IB_STREAM_TOKEN"]

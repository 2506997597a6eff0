"""One lock: what `./run` installs is a part of what `requirements.txt` holds, pin for pin, hash for hash."""

from pathlib import Path

ROOT = Path(__file__).parents[1]


def pins(name: str) -> dict[str, str]:
    """Each requirement to its hashes; for which machines it is may differ, since others may need it too."""
    found: dict[str, str] = {}
    current = ""
    for line in (ROOT / name).read_text().splitlines():
        if line.lstrip().startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            current = line.rstrip(" \\").partition(" ;")[0]
            found[current] = ""
        else:
            found[current] += line.strip(" \\")
    return found


def test_the_core_is_a_part_of_the_whole() -> None:
    whole, core = pins("requirements.txt"), pins("requirements/core.txt")
    assert core.items() <= whole.items()
    assert len(core) < len(whole)


def test_models_are_trained_on_the_versions_of_the_whole() -> None:
    assert pins("requirements.txt").items() <= pins("requirements/ai.txt").items()


def test_every_requirement_carries_hashes() -> None:
    for name in (
        "requirements.txt",
        "requirements/core.txt",
        "requirements/compat.txt",
        "requirements/ai.txt",
    ):
        assert all("--hash=sha256:" in text for text in pins(name).values())

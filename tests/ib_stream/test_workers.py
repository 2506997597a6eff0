import pytest

from ib_stream.workers import check_single
from market.errors import SetupError

SERVER = ("uvicorn", "ib_api.server:app")


@pytest.mark.parametrize("flags", [("--workers", "2"), ("--workers=4",), ("-w", "3"), ("-w8",)])
def test_several_workers_are_refused(flags: tuple[str, ...]) -> None:
    with pytest.raises(SetupError, match="use --workers 1"):
        check_single([*SERVER, *flags], {})


def test_they_are_refused_from_the_environment_too() -> None:
    with pytest.raises(SetupError, match="3 workers"):
        check_single(SERVER, {"WEB_CONCURRENCY": "3"})


@pytest.mark.parametrize("flags", [(), ("--workers", "1"), ("--reload",), ("--workers",)])
def test_one_is_as_it_should_be(flags: tuple[str, ...]) -> None:
    check_single([*SERVER, *flags], {"WEB_CONCURRENCY": "1"})

import socket

import pytest

from ib_stream.hosting import listening, near, url_of
from market.errors import SetupError


def test_a_port_that_is_taken_is_named() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(SetupError, match="choose another with --bind"):
        listening(*first.getsockname())


def test_where_it_listens_is_said_as_a_url() -> None:
    with listening("127.0.0.1", 0) as place:
        assert url_of(place) == f"http://127.0.0.1:{place.getsockname()[1]}"
    if socket.has_ipv6:
        with listening("::1", 0) as place:
            assert url_of(place).startswith("http://[::1]:")


def test_any_port_will_do_where_none_is_named() -> None:
    with near("127.0.0.1", 0) as place:
        assert place.getsockname()[1] > 0

"""Where data comes from: the one thing that must never be mixed in a store.

A simulated gateway tells its source in its account number, so any client of ours recognises it on any port.
"""

import re
from typing import Literal

import msgspec

from market.errors import BadRequest

Feed = Literal["consistent", "tws"]

SIMULATED_PREFIX = "DUSIM"
_FEED_LETTER: dict[Feed, str] = {"consistent": "C", "tws": "T"}
_ACCOUNT = re.compile(r"DUSIM(?:(?P<feed>[CT])(?P<seed>\d+)(?P<always>H24)?|R(?P<hash>[0-9A-F]{8}))$")


class Source(msgspec.Struct, frozen=True):
    """`name` is the folder under the data directory; `label` what users see beside every value.

    >>> Source.simulated(seed=7, feed="tws", always_open=True).name
    'sim-7-tws-24h'
    >>> Source.of_account("DUSIMT7H24").name
    'sim-7-tws-24h'
    >>> Source.of_account("DU1234567").label
    'PAPER'
    """

    name: str
    account: str
    label: Literal["SIMULATED", "PAPER", "LIVE"]

    @classmethod
    def simulated(cls, *, seed: int, feed: Feed, always_open: bool) -> "Source":
        """The generated market of a seed; `always_open` is another market than one with exchange hours."""
        if seed < 0:
            raise BadRequest(f"seed {seed} is negative; give 0 or more")
        account = f"{SIMULATED_PREFIX}{_FEED_LETTER[feed]}{seed}{'H24' if always_open else ''}"
        return cls(f"sim-{seed}-{feed}{'-24h' if always_open else ''}", account, "SIMULATED")

    @classmethod
    def replay(cls, digest: str) -> "Source":
        """A replayed file, known by the first eight hex digits of its digest."""
        short = digest[:8].upper()
        if not re.fullmatch(r"[0-9A-F]{8}", short):
            raise BadRequest(f"{digest!r} is no hexadecimal digest of at least 8 digits")
        return cls(f"replay-{short.lower()}", f"{SIMULATED_PREFIX}R{short}", "SIMULATED")

    @classmethod
    def of_account(cls, account: str) -> "Source":
        """The source behind a connection that reports `account`.

        IB's paper accounts begin with ``DU`` or ``DF``; paper and live share IB's market data and its store.
        Raise `BadRequest` for an account of a simulator that this version does not understand: its data must
        not be taken for real.
        """
        if not account.startswith(SIMULATED_PREFIX):
            return cls("ib", account, "PAPER" if account.startswith(("DU", "DF")) else "LIVE")
        match = _ACCOUNT.match(account)
        if match is None:
            raise BadRequest(f"account {account!r} is simulated but of an unknown kind; update truetick")
        if match["hash"]:
            return cls.replay(match["hash"])
        feed: Feed = "consistent" if match["feed"] == "C" else "tws"
        return cls.simulated(seed=int(match["seed"]), feed=feed, always_open=bool(match["always"]))

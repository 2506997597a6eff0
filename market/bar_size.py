"""IB's bar sizes and the short names we give them."""

from dataclasses import dataclass

from market.errors import BadRequest

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class BarSize:
    """A size IB serves: `name` is ours (``5m``), `ib` is theirs (``5 mins``), `seconds` its nominal length.

    >>> BarSize.parse("5m").ib
    '5 mins'
    >>> BarSize.parse("1 month").name
    '1M'
    """

    name: str
    ib: str
    seconds: int

    @property
    def intraday(self) -> bool:
        """Whether bars start at a time of day; longer ones are known by their trading date."""
        return self.seconds < DAY

    @property
    def nanoseconds(self) -> int:
        return self.seconds * 1_000_000_000

    def whole(self, time: int) -> int:
        """`time`, UTC nanoseconds, or the last moment before it at which a bar of this size may begin.

        >>> BarSize.parse("1m").whole(119_000_000_000)
        60000000000
        """
        # Sessions may begin at half past, and their first bar of an hour or more with them.
        return time - time % min(self.nanoseconds, 30 * MINUTE * 1_000_000_000)

    @classmethod
    def parse(cls, text: str) -> "BarSize":
        """Find a size by our name or IB's; raise `BadRequest` with the list of names."""
        size = _BY_NAME.get(text) or _BY_NAME.get(text.strip().lower())
        if size is None:
            names = " ".join(each.name for each in BAR_SIZES)
            raise BadRequest(f"bar size {text!r} does not exist at IB; choose one of: {names}")
        return size

    def __str__(self) -> str:
        return self.name


BAR_SIZES = (
    *(BarSize(f"{n}s", f"{n} secs", n) for n in (1, 5, 10, 15, 30)),
    BarSize("1m", "1 min", MINUTE),
    *(BarSize(f"{n}m", f"{n} mins", n * MINUTE) for n in (2, 3, 5, 10, 15, 20, 30)),
    BarSize("1h", "1 hour", HOUR),
    *(BarSize(f"{n}h", f"{n} hours", n * HOUR) for n in (2, 3, 4, 8)),
    BarSize("1D", "1 day", DAY),
    BarSize("1W", "1 week", 7 * DAY),
    BarSize("1M", "1 month", 30 * DAY),
)

# Lower case is accepted except where it would take a month for a minute.
_BY_NAME = {key: size for size in BAR_SIZES for key in (size.name, size.ib, size.ib.replace("secs", "sec"))}
_BY_NAME |= {"1d": BAR_SIZES[-3], "1w": BAR_SIZES[-2], "1W": BAR_SIZES[-2]}

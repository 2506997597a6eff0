"""What can be wrong with a store on disk.

::

    market.errors.SetupError
    |- UnusableFolder   the folder cannot be made, read or written
    |- NoStore          nothing was stored for this source yet
    |- WrongSource      the store or a file in it holds another source's data
    |- WrongSchema      written by a version that this one does not understand
    |  `- OldSchema     written by an older one: opening it for writing brings it up to date
    |- StoreBusy        another program is writing
    |- ReadOnlyStore    opened for reading, asked to write
    `- LowDisk          the disk is nearly full
    market.errors.TruetickError
    `- DamagedFile      a file cannot be read; the rest of the store can
"""

from market.errors import SetupError, TruetickError


class UnusableFolder(SetupError):
    """The data folder cannot be made, read or written."""


class NoStore(SetupError):
    """Nothing was stored for this source yet."""


class WrongSource(SetupError):
    """Data of two sources would meet."""

    def __init__(self, where: object, found: str, wanted: str) -> None:
        super().__init__(
            f"{where} holds data of {found!r}, not of {wanted!r}; the two never mix: "
            f"choose another data folder or move it away"
        )
        self.found = found
        self.wanted = wanted


class WrongSchema(SetupError):
    """The store was written by a version that this one does not understand."""


class OldSchema(WrongSchema):
    """The store was written by an older version; opening it for writing brings it up to date."""


class StoreBusy(SetupError):
    """Another program holds the right to write."""


class ReadOnlyStore(SetupError):
    """The store was opened for reading only."""


class LowDisk(SetupError):
    """Too little space is left to write safely."""


class DamagedFile(TruetickError):
    """A file of the store cannot be read: what is given is incomplete."""

    exit_code = 8

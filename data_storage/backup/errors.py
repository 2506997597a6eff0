"""What can be wrong with a backup.

::

    market.errors.SetupError
    |- NoBackupPlace    no backup place in this folder: the drive is missing, or it is a new one
    |- BackupFailed     the drive refused: full, read-only, unplugged; nothing was harmed
    |- NoSnapshot       none of this source, or none that old
    `- StoreExists      restoring would replace a store, and nobody said so
    data_storage.errors.DamagedFile
    `- DamagedBackup    what the drive holds is not what was written there
"""

from data_storage.errors import DamagedFile
from market.errors import SetupError


class NoBackupPlace(SetupError):
    """The folder is no backup place."""


class BackupFailed(SetupError):
    """The backup place could not be written or read; stores and earlier snapshots are as they were."""


class NoSnapshot(SetupError):
    """There is no such snapshot."""


class StoreExists(SetupError):
    """There is a store where one is to be restored."""


class DamagedBackup(DamagedFile):
    """A file of the backup place is missing or holds other bytes than were written."""

"""What can go wrong with a backup; the tree is drawn in `gateway.backup`."""


class BackupError(Exception):
    """Nothing was changed that was there before; the message says what to do."""


class TargetRefused(BackupError):
    """Nothing can be made at the place that was named."""


class TargetNotEmpty(BackupError):
    """A backup or a restore never writes over anything."""


class BackupDamaged(BackupError):
    """What the manifest promises isn't there."""


class KeysMissing(BackupError):
    """Restored without them, private keys and second factors could never be opened."""


class RoleBlind(BackupError):
    """The role would see a part of the rows only."""


class ToolFailed(BackupError):
    """PostgreSQL's own tool refused."""

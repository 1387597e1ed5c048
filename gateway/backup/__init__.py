"""Carry everything away, and prove after bringing it back that nothing is missing.

A backup is a folder, or the same in one `.tar` file:

    backup.json      what it holds: ledger heads, keys, digests (`manifest.Manifest`)
    database.dump    pg_dump's custom format, of one snapshot
    objects/         every original and piece of evidence, named by its SHA-256

The heads are read in the very snapshot that is dumped. Objects are copied after it: they are put before the
transaction that names them commits and never removed, so every object the snapshot knows is there. Key-encryption
keys are not in a backup: keep them elsewhere, the manifest names those that are needed.

    BackupError
    ├── TargetRefused    the system doesn't let the backup be written there
    ├── TargetNotEmpty   something lies where the backup, or the restored data, should go
    ├── BackupDamaged    the backup is incomplete, altered, or of another program
    ├── KeysMissing      a key-encryption key that the backup needs was not given
    ├── RoleBlind        row-level security would hide rows from the backup
    └── ToolFailed       pg_dump or pg_restore; its own words are in the message
"""

from gateway.backup.errors import (
    BackupDamaged,
    BackupError,
    KeysMissing,
    RoleBlind,
    TargetNotEmpty,
    TargetRefused,
    ToolFailed,
)
from gateway.backup.make import make
from gateway.backup.manifest import Manifest
from gateway.backup.restore import restore

__all__ = [
    "BackupDamaged",
    "BackupError",
    "KeysMissing",
    "Manifest",
    "RoleBlind",
    "TargetNotEmpty",
    "TargetRefused",
    "ToolFailed",
    "make",
    "restore",
]

"""What a backup holds, so that a restore can be held against it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from gateway.backup.errors import BackupDamaged

FORM = "involinks-backup/1"
NAME, DUMP, OBJECTS = "backup.json", "database.dump", "objects"


class LedgerHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one company's chain ended."""

    company_id: UUID
    count: int
    hash: str
    """SHA-256 of the last entry, hex; of the genesis where there is none."""


class KeptKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signing key in the dump; its private part is sealed under `kek_id`."""

    company_id: UUID
    key_id: str
    purpose: str
    kek_id: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`backup.json`."""

    form: str = FORM
    made_at: datetime
    revision: str
    """The database's shape: the migration it stands at."""
    postgres: int
    """Major version of the server that was dumped; an older one can't take it in."""
    dump_sha256: str
    heads: tuple[LedgerHead, ...]
    """In order of company."""
    keys: tuple[KeptKey, ...]
    content_keks: tuple[str, ...] = ()
    """Ids of the key-encryption keys under which keys of natural persons' documents are wrapped."""
    sealing: str
    """Id of the key-encryption key that was current: it seals second factors."""
    objects: int
    object_bytes: int

    def needed_keks(self) -> set[str]:
        """Ids of the key-encryption keys without which the restored installation can't work."""
        return {key.kek_id for key in self.keys} | {self.sealing, *self.content_keks}


def read(folder: Path) -> Manifest:
    """Raises `BackupDamaged`."""
    path = folder / NAME
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupDamaged(f"{folder} is no backup: it has no {NAME}") from None
    except msgspec.MsgspecError as error:
        raise BackupDamaged(f"{path} can't be read: {error}") from None
    if manifest.form != FORM:
        raise BackupDamaged(f"{path} is of form {manifest.form!r}, this program reads {FORM!r}")
    return manifest

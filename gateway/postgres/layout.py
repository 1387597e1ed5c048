"""What lies in the server's folder, and the note it keeps about itself.

data/        PostgreSQL's own folder, mode 0700, owned by the account that runs it
postgres.log what the server and its tools said
socket/      mode 0700 (in /tmp where the path would be too long for a socket)
server.json  port, passwords, socket folder: readable by us only
lock         held while somebody starts or stops the server
leases       held, shared, by every process that uses it
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from gateway.postgres.account import Account

_LONGEST_SOCKET_FOLDER = 80
"""A socket's path may have 107 bytes; PostgreSQL adds `/.s.PGSQL.65535.lock`."""


def _password() -> str:
    return secrets.token_urlsafe(24)


class Note(Struct, frozen=True):
    """What a later start must find again."""

    port: int = 0
    """0 until one was chosen; kept while it is free, so that other processes' addresses stay true."""
    admin: str = msgspec.field(default_factory=_password)
    owner: str = msgspec.field(default_factory=_password)
    app: str = msgspec.field(default_factory=_password)
    socket: str = ""
    world: str = ""
    """Boot and process namespace of the last start: process numbers mean nothing outside it."""

    def __repr__(self) -> str:
        return f"Note(port={self.port}, socket={self.socket!r})"


class Layout(Struct, frozen=True):
    """The paths under one folder."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"

    def leases(self) -> IO[bytes]:
        """The file of leases, opened: a lock on it belongs to this opening and ends with it."""
        return _private_file(self.root / "leases")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One starter or stopper at a time; the kernel frees it when its holder dies."""
        with _private_file(self.root / "lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def note(self) -> Note:
        """The note, or a fresh one."""
        path = self.root / "server.json"
        return msgspec.json.decode(path.read_bytes(), type=Note) if path.exists() else Note()

    def keep(self, note: Note) -> None:
        """Write the note so that a crash leaves the old or the new one whole."""
        descriptor, name = tempfile.mkstemp(dir=self.root)  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(note))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.root / "server.json")

    def socket_folder(self, account: Account, known: str) -> Path:
        """A folder of mode 0700, owned by the account, with a short path."""
        wished = self.root / "socket"
        if len(os.fsencode(wished)) <= _LONGEST_SOCKET_FOLDER:
            wished.mkdir(mode=0o700, exist_ok=True)
            account.give(wished)
            return wished
        if known and _is_private(Path(known), account):
            return Path(known)
        made = Path(tempfile.mkdtemp(prefix="involinks-", dir="/tmp"))
        account.give(made)
        return made


def _private_file(path: Path) -> IO[bytes]:
    """Opened for us only: whoever can open a file can lock it."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "wb")


def _is_private(folder: Path, account: Account) -> bool:
    """A folder in /tmp may have been put there by anybody."""
    try:
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == account.uid and stat.S_IMODE(facts.st_mode) == 0o700


def world() -> str:
    """Boot and process namespace: where a process number of ours has a meaning."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{boot.read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"

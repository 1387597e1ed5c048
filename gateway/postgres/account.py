"""Who runs the server, and where it may live.

PostgreSQL refuses to run as root. Started by root we borrow an unprivileged account that exists already, and move data
and programs to a folder that account can enter if the wished one lies behind a closed door (such as /root).
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.postgres.binaries import Binaries
from gateway.postgres.errors import NoAccount

_CANDIDATES = ("postgres", "nobody", "daemon")
SHELTER = Path("/var/lib/involinks")
"""Where root keeps what a closed folder would hide from the borrowed account."""


class Account(Struct, frozen=True):
    """The account that owns the data folder and the server's processes."""

    uid: int
    gid: int
    borrowed: bool
    """True where we are root and step down; False where we are this account ourselves."""

    def run(
        self, command: list[str], *, text: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, outside our folder, with a bare environment."""
        bare = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **(env or {})}
        # A pipe would be held open by the server that pg_ctl leaves behind; a file need not be read to its end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603  our own programs with our own arguments
                command,
                input=text,
                text=True,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=bare,
                umask=0o077,
                check=False,
                user=self.uid if self.borrowed else None,
                group=self.gid if self.borrowed else None,
                extra_groups=[] if self.borrowed else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, stdout=output.read())

    def give(self, path: Path) -> None:
        """Make the account the owner of a path that we made."""
        if self.borrowed:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Whether everything down to `path` (or to what of it exists) opens for this account."""
        if not self.borrowed:
            return True
        return all(self._may(folder) for folder in [path, *path.parents] if folder.exists())

    def _may(self, folder: Path) -> bool:
        facts = folder.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & 0o100)
        return bool(facts.st_mode & (0o010 if facts.st_gid == self.gid else 0o001))


def choose_account(data: Path) -> Account:
    """Ourselves; for root the owner of the existing data folder, else the first usual account. Raises `NoAccount`."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), borrowed=False)
    if data.exists() and data.stat().st_uid != 0:
        return Account(uid=data.stat().st_uid, gid=data.stat().st_gid, borrowed=True)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(uid=entry.pw_uid, gid=entry.pw_gid, borrowed=True)
    raise NoAccount(
        "PostgreSQL refuses to run as root, and none of the accounts postgres, nobody, daemon exists: "
        "start involinks as an unprivileged user, or name a server in INVOLINKS_DATABASE_URL"
    )


def sheltered(wished: Path) -> Path:
    """The folder to use for `wished`: itself, or for root one outside the closed door, always the same."""
    wished = wished.absolute()
    if os.geteuid() != 0 or choose_account(wished / "data").can_enter(wished):
        return wished
    return SHELTER / f"data-{hashlib.sha256(str(wished).encode()).hexdigest()[:12]}"


def runnable(binaries: Binaries, account: Account) -> Binaries:
    """The programs themselves, or a copy that the account can reach."""
    if account.can_enter((binaries.folder / "postgres").resolve()) or not binaries.tree:
        return binaries
    mark = hashlib.sha256(str(binaries.folder).encode()).hexdigest()[:8]
    copy = SHELTER / f"postgres-{binaries.major}-{mark}"
    if not copy.exists():
        SHELTER.mkdir(mode=0o755, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=SHELTER))
        scratch.chmod(0o755)
        package = scratch / "package"
        for part in binaries.tree:
            # The programs find their libraries relative to themselves: package/pginstall beside the .libs folder.
            shutil.copytree(
                part, package / part.name if part.name == "pginstall" else scratch / part.name, symlinks=True
            )
        for path in [*scratch.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        try:
            scratch.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(scratch)
    return msgspec.structs.replace(binaries, folder=copy / "package" / "pginstall" / "bin")

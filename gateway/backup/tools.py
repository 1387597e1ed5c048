"""pg_dump and pg_restore of the same PostgreSQL that serves."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from gateway.backup.errors import ToolFailed
from gateway.postgres import Binaries

_QUERY = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "host": "PGHOST", "port": "PGPORT"}


def environment(dsn: str) -> dict[str, str]:
    """libpq's variables for an address: a password on the command line could be read by everybody."""
    parts = urlsplit(dsn)
    found = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGCONNECT_TIMEOUT": "10",
    }
    found |= {_QUERY[name]: value for name, value in parse_qsl(parts.query) if name in _QUERY}
    return {"PATH": os.defpath, "LC_ALL": "C"} | {name: value for name, value in found.items() if value}


async def dump(binaries: Binaries, dsn: str, snapshot: str, target: Path) -> None:
    """Write the whole database as `snapshot` sees it. Raises `ToolFailed`."""
    await _run(binaries.path("pg_dump"), "--format=custom", f"--snapshot={snapshot}", f"--file={target}", dsn=dsn)


async def load(binaries: Binaries, dsn: str, source: Path) -> None:
    """Bring a dump back in one transaction: all of it or nothing. The role of `dsn` owns everything then."""
    await _run(
        binaries.path("pg_restore"),
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        f"--dbname={environment(dsn)['PGDATABASE']}",
        str(source),
        dsn=dsn,
    )


def sha256(path: Path) -> str:
    """Of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _run(*command: str, dsn: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment(dsn),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise ToolFailed(f"{Path(command[0]).name} failed:\n{said.decode(errors='replace').strip()}")

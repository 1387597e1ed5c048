"""A real PostgreSQL without a database administrator: found, initialised, started, watched and stopped by ourselves.

`Server` is the whole interface. Every process that needs the database takes a `lease`; the first starts the server,
the last one out stops it, and a process that dies by SIGKILL gives its lease back through the kernel.
"""

from gateway.postgres.binaries import Binaries, find_binaries
from gateway.postgres.errors import FolderInUse, NoAccount, NoBinaries, PostgresError, StartFailed
from gateway.postgres.server import Server

__all__ = [
    "Binaries",
    "FolderInUse",
    "NoAccount",
    "NoBinaries",
    "PostgresError",
    "Server",
    "StartFailed",
    "find_binaries",
]

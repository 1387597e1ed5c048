"""What can go wrong with the embedded server.

PostgresError
├── NoBinaries    no PostgreSQL 15 or newer on this machine
├── NoAccount     started by root, and no unprivileged account to run under
├── FolderInUse   the data folder belongs to a server that we can't see
└── StartFailed   the server didn't come up; the end of its log is in the message
"""


class PostgresError(Exception):
    """The embedded server can't be used; the message says what to do."""


class NoBinaries(PostgresError):
    """Neither the wheel nor the system offers PostgreSQL 15 or newer."""


class NoAccount(PostgresError):
    """PostgreSQL refuses to run as root, and none of the usual unprivileged accounts exists."""


class FolderInUse(PostgresError):
    """Another container or machine holds the data folder; a second server would destroy it."""


class StartFailed(PostgresError):
    """The server ended or didn't answer in time."""

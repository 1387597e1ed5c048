"""Is the server there? The pid file says so, and may lie.

After SIGKILL the file stays; its number may since belong to another program, or to a zombie that nobody buries
(common in containers). PostgreSQL believes such a number and refuses to start, so we look at the process itself.
"""

from __future__ import annotations

from pathlib import Path


def server_pid(data: Path) -> int | None:
    """The process number of the living server of this data folder, or None."""
    try:
        first = (data / "postmaster.pid").read_text().split("\n", 1)[0]
        pid = abs(int(first))
    except (OSError, ValueError):
        return None
    return pid if is_server(pid, data) else None


def is_server(pid: int, data: Path) -> bool:
    """Whether `pid` lives, and was started as the PostgreSQL server of `data`."""
    process = Path("/proc") / str(pid)
    try:
        # "1234 (postgres) S ...": the name may hold spaces and brackets, so the state is what follows the last one.
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        words = (process / "cmdline").read_bytes().split(b"\0")
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"} and words[0].endswith(b"postgres") and str(data).encode() in words


def forget_dead(data: Path, sockets: Path) -> None:
    """Remove the pid files in data and socket folder (ours alone) where no server of ours lives.

    Orphaned back ends, should there be any, are still noticed: PostgreSQL finds their shared memory by the data
    folder's own number, not by this file.
    """
    if server_pid(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink()

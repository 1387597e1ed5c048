"""The supervisor: one data folder, one server, any number of processes that come and go."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from gateway.postgres import initdb, process
from gateway.postgres.account import choose_account, runnable, sheltered
from gateway.postgres.binaries import Binaries, find_binaries
from gateway.postgres.errors import FolderInUse, StartFailed
from gateway.postgres.layout import Layout, world

Role = Literal["admin", "owner", "app"]
USER: dict[Role, str] = {"admin": "postgres", "owner": "involinks_owner", "app": "involinks_app"}
"""admin: superuser, for backups and tests; owner: owns the tables, runs migrations; app: reads and writes rows."""
DATABASE = "involinks"
_PORT_PATIENCE = 10.0
"""Seconds to wait for the port that was used before."""
_PATIENCE = 120.0
"""Seconds a start may take; recovery after a crash replays the log first."""
_LOWEST_PORT, _PORTS = 15_000, 17_000
_LOG_LIMIT = 16 << 20


class Server:
    """PostgreSQL in one folder. All methods may be called by several processes at once."""

    def __init__(self, root: Path, *, binaries: Binaries | None = None, durable: bool = True) -> None:
        """`root`: the folder, made if absent; for root moved where an unprivileged account can enter.

        `durable=False` switches fsync off and is for throw-away databases of tests only. Raises `PostgresError`.
        """
        self.layout = Layout(sheltered(root))
        self.account = choose_account(self.layout.data)
        self.binaries = runnable(binaries or find_binaries(), self.account)
        self.durable = durable
        self.layout.root.mkdir(mode=0o711 if self.account.borrowed else 0o700, parents=True, exist_ok=True)

    def start(self) -> None:
        """Make it run: initialise, recover, start, or find it running. Returns when it answers."""
        with self.layout.lock():
            self._start()

    def stop(self) -> None:
        """End it cleanly: open transactions are rolled back, a checkpoint is written. None running is fine."""
        with self.layout.lock():
            self._stop()

    def stop_unused(self) -> bool:
        """Stop what killed processes left behind; False where nothing ran. Raises `FolderInUse` while it is leased."""
        with self._unused():
            running = self.pid is not None
            self._stop()
        return running

    def destroy(self) -> list[Path]:
        """Remove the whole folder; returns what was removed. Raises `FolderInUse` while it is leased."""
        with self._unused():
            self._stop()
            shutil.rmtree(self.layout.root)
        return [self.layout.root]

    @property
    def pid(self) -> int | None:
        """The server's process number, None where it doesn't run."""
        return process.server_pid(self.layout.data)

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Use the server: the first starts it, the last one out stops it; a killed holder's lease ends with it."""
        with self.layout.leases() as file:
            with self.layout.lock():
                fcntl.flock(file, fcntl.LOCK_SH)
                self._start()
            try:
                yield
            finally:
                with self.layout.lock():
                    if _alone(file.fileno()):
                        self._stop()

    def dsn(self, role: Role, database: str = DATABASE) -> str:
        """The address over loopback, with the password: treat it as a secret."""
        note = self.layout.note()
        return f"postgresql://{USER[role]}:{getattr(note, role)}@127.0.0.1:{note.port}/{database}"

    def sql(self, script: str, *, database: str = "postgres") -> str:
        """Run statements as the superuser through the socket; the answer's rows as text. Raises `StartFailed`."""
        note = self.layout.note()
        done = self.account.run(
            [self.binaries.path("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d", database],
            text=script,
            env={
                "PGHOST": note.socket,
                "PGPORT": str(note.port),
                "PGUSER": USER["admin"],
                "PGPASSWORD": note.admin,
                "PGCONNECT_TIMEOUT": "10",
            },
        )
        if done.returncode != 0:
            raise StartFailed(f"the embedded database refused a statement: {done.stdout.strip()}")
        return done.stdout.strip()

    def _start(self) -> None:
        self._refuse_foreign()
        if self.pid is None:
            initdb.ensure(self.layout, self.account, self.binaries, durable=self.durable)
            self._launch()
        self._await()
        self.sql(initdb.roles(self.layout.note()))
        if self.sql(f"select 1 from pg_database where datname = '{DATABASE}'") == "":
            self.sql(initdb.database(DATABASE))

    @contextmanager
    def _unused(self) -> Iterator[None]:
        """Under the lock, with nobody else's lease; whoever used it would only start it again."""
        with self.layout.leases() as file, self.layout.lock():
            if not _alone(file.fileno()):
                raise FolderInUse(f"the database in {self.layout.root} is in use: stop serve, worker and demo first")
            yield

    def _refuse_foreign(self) -> None:
        """A lease held from another process namespace means a server we can't see; a second would corrupt its data."""
        here, there = world(), self.layout.note().world
        if self.pid is not None or not there or there == here:
            return
        with self.layout.leases() as file:
            if not _alone(file.fileno()):
                raise FolderInUse(
                    f"{self.layout.root} is used by a server in another container or machine: stop that one first, "
                    "or give each its own INVOLINKS_HOME"
                )

    def _launch(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        note = self.layout.note()
        while True:
            note = msgspec.structs.replace(
                note,
                port=_free_port(note.port),
                socket=str(self.layout.socket_folder(self.account, note.socket)),
                world=world(),
            )
            self.layout.keep(note)
            initdb.configure(self.layout, self.account, note, durable=self.durable)
            process.forget_dead(self.layout.data, Path(note.socket))
            if self.layout.log.exists() and self.layout.log.stat().st_size > _LOG_LIMIT:
                self.layout.log.replace(self.layout.log.with_suffix(".log.1"))
            self.layout.log.touch(mode=0o600)
            self.account.give(self.layout.log)
            before = self.layout.log.stat().st_size
            data, log = str(self.layout.data), str(self.layout.log)
            command = [self.binaries.path("pg_ctl"), "-D", data, "-l", log, "-p", self.binaries.path("postgres")]
            done = self.account.run([*command, "-w", "-t", str(int(_PATIENCE)), "start"])
            if done.returncode == 0 or self.pid is not None:
                return
            said = _tail(self.layout.log, before)
            # A port may be taken between our look and the server's; a killed server's back ends need a moment to end.
            passing = "Address already in use" in said or "shared memory block" in said
            if not passing or time.monotonic() > deadline:
                raise StartFailed(f"PostgreSQL did not start in {data}:\n{done.stdout.strip()}\n{said}")
            time.sleep(0.2)

    def _await(self) -> None:
        """Ready means: it answers a question asked with the password."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.sql("select 1")
            except StartFailed as error:
                if time.monotonic() > deadline or self.pid is None:
                    raise StartFailed(f"{error}\n{_tail(self.layout.log, 0)}") from None
                time.sleep(0.1)
            else:
                return

    def _stop(self) -> None:
        for mode in ("fast", "immediate"):
            if self.pid is None:
                return
            self.account.run(
                [self.binaries.path("pg_ctl"), "-D", str(self.layout.data), "-w", "-t", "60", "-m", mode, "stop"]
            )
        if self.pid is not None:
            raise StartFailed(f"PostgreSQL did not stop; see {self.layout.log}")


def _alone(descriptor: int) -> bool:
    """Whether nobody else holds a lease; ours becomes exclusive, which nobody notices under the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free_port(wished: int) -> int:
    """The wished port where it is free, else one below those that the kernel hands out for outgoing connections.

    Such a port is still ours after a crash: no passing connection can have taken it meanwhile. The last processes of a
    killed server may hold it for a moment, and everybody knows our address by it: so it is waited for.
    """
    deadline = time.monotonic() + _PORT_PATIENCE
    while wished and time.monotonic() < deadline:
        if _is_free(wished):
            return wished
        time.sleep(0.1)
    for _ in range(100):
        port = _LOWEST_PORT + secrets.randbelow(_PORTS)
        if _is_free(port):
            return port
    raise StartFailed("no free TCP port on 127.0.0.1")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _tail(log: Path, offset: int) -> str:
    with log.open("rb") as file:
        file.seek(max(offset, log.stat().st_size - 4000))
        return file.read().decode(errors="replace").strip()

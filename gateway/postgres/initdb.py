"""A fresh cluster: checksums on, passwords for every door, three roles, one database."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from gateway.postgres.account import Account
from gateway.postgres.binaries import Binaries
from gateway.postgres.errors import StartFailed
from gateway.postgres.layout import Layout, Note
from gateway.postgres.scram import verifier

_FIRST_BUILTIN_LOCALE = 17
"""From PostgreSQL 17 the locale C.UTF-8 is built in and sorts alike on every machine."""


def ensure(layout: Layout, account: Account, binaries: Binaries, *, durable: bool) -> None:
    """Initialise `layout.data` unless it is there; made aside and renamed, so a crash leaves no half of one."""
    if (layout.data / "PG_VERSION").exists():
        _same_major(layout.data, binaries)
        return
    note = layout.note()
    layout.keep(note)
    aside = layout.root / "data.new"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    account.give(aside)
    descriptor, name = tempfile.mkstemp(dir=aside.parent)
    password = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(note.admin)
        account.give(password)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if binaries.major >= _FIRST_BUILTIN_LOCALE
            else ["--locale=C.UTF-8"]
        )
        done = account.run(
            [binaries.path("initdb"), "-D", str(aside), "-U", "postgres", f"--pwfile={password}"]
            + ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", *locale]
            + ([] if durable else ["--no-sync"])
        )
    finally:
        password.unlink()
    if done.returncode != 0:
        raise StartFailed(f"initdb failed in {aside}:\n{done.stdout.strip()}")
    with (aside / "postgresql.conf").open("a") as file:
        file.write("\ninclude_if_exists = 'involinks.conf'\n")
    aside.rename(layout.data)


def configure(layout: Layout, account: Account, note: Note, *, durable: bool) -> None:
    """Write the settings that depend on this start."""
    lines = {
        "listen_addresses": "127.0.0.1",
        "port": note.port,
        "unix_socket_directories": note.socket,
        "unix_socket_permissions": "0700",
        "max_connections": 200,
        "password_encryption": "scram-sha-256",
        "shared_buffers": "128MB" if durable else "24MB",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "jit": "off",  # our statements are short; compiling them costs more than it gives
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    text = "".join(f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'\n" for name, value in lines.items())
    path = layout.data / "involinks.conf"
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    account.give(path)


def roles(note: Note) -> str:
    """Statements that make the owner and the app role, or give them the noted passwords again."""
    parts = []
    for role, password in (("involinks_owner", note.owner), ("involinks_app", note.app)):
        parts.append(
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role};"
            f" end if; end $$; alter role {role} with login nosuperuser nocreatedb nocreaterole nobypassrls"
            f" password '{verifier(password)}';"
        )
    return "\n".join(parts)


def database(name: str) -> str:
    """Statements that make one database of the owner, closed to everybody but the app role."""
    return (
        f"create database {name} owner involinks_owner;\n"
        f"revoke all on database {name} from public;\n"
        f"grant connect on database {name} to involinks_app;\n"
    )


def _same_major(data: Path, binaries: Binaries) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(binaries.major):
        raise StartFailed(
            f"{data} was made by PostgreSQL {made_by}, the programs here are {binaries.major}: "
            "install the older ones again, take `involinks backup`, and restore it into a fresh folder"
        )

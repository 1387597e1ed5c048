"""The journal's file: made, brought up from another version's shape, or set aside where nobody can read it.

Its `user_version` is a checksum of the schema, so that no change of a table can be forgotten. It is a test network's:
what can't be read is kept under another name, and the network starts with nothing.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import zlib
from pathlib import Path

from gateway.sandbox.tables import SCHEMA

VERSION = zlib.crc32(SCHEMA.encode()) & 0x7FFFFFFF
"""Of the shape that this program reads and writes."""

_UNREADABLE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT}
"""The file's own fault; being locked or on a full disk isn't."""
_BEFORE = "before_"

log = logging.getLogger(__name__)


def open_file(path: Path) -> sqlite3.Connection:
    """Open or create, in the present shape.

    Raises `sqlite3.Error` where another process holds it or the disk doesn't take it: nothing is changed then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _UNREADABLE:
            raise
        aside = _set_aside(path)
        log.warning("%s can't be brought up (%s): kept as %s, the network starts empty", path.name, error, aside.name)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        (version,) = db.execute("pragma user_version").fetchone()
        if version != VERSION:
            _bring_up(db)
    except BaseException:
        db.close()
        raise
    return db


def _bring_up(db: sqlite3.Connection) -> None:
    """Put the rows of whatever tables there are into new ones, in one transaction; an empty file has none.

    A column that wasn't there gets its default, one that isn't any more is left behind.
    """
    db.execute("begin immediate")
    try:
        tables = [name for (name,) in db.execute(_NAMES, ("table",)).fetchall()]
        for (name,) in db.execute(_NAMES, ("index",)).fetchall():
            db.execute(f'drop index "{name}"')
        for name in tables:
            db.execute(f'alter table "{name}" rename to "{_BEFORE}{name}"')
        for statement in filter(str.strip, SCHEMA.split(";")):
            db.execute(statement)
        for name in tables:
            columns = ", ".join(sorted(_columns(db, name) & _columns(db, _BEFORE + name)))
            if columns:
                db.execute(f'insert into "{name}" ({columns}) select {columns} from "{_BEFORE}{name}" order by rowid')
            db.execute(f'drop table "{_BEFORE}{name}"')
        db.execute("update messages set reported = 1 where key in (select key from reports)")
        db.execute(f"pragma user_version = {VERSION}")
    except BaseException:
        db.execute("rollback")
        raise
    db.execute("commit")


_NAMES = "select name from sqlite_master where type = ? and name not like 'sqlite\\_%' escape '\\'"


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in db.execute(f'pragma table_info("{table}")')}


def _set_aside(path: Path) -> Path:
    """Give the file, and what SQLite keeps beside it, another name; the newest one's."""
    aside = path.with_name(f"{path.name}.unreadable-{time.time_ns()}")
    for ending in ("-wal", "-shm", ""):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside

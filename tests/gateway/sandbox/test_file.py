"""A journal that another version wrote goes on; one that nobody can read is set aside, and never stops the network."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gateway.sandbox import file
from gateway.sandbox.faults import Fault, Order, Point
from gateway.sandbox.journal import Journal, Participant
from peppol import sbdh
from peppol.statuses import Outcome
from tests.gateway.sandbox.process import BUYER, SELLER, TYPES, SandboxProcess
from tests.peppol.messages import message

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FIRST = """
create table participants (id text primary key, profile blob not null);
create table messages (
    key text primary key, reference text not null, instance_id text not null unique, sender text not null,
    receiver text not null, envelope blob not null, accepted_at text not null,
    done integer not null default 0, attempts integer not null default 0, due real not null);
create table events (
    event_id text primary key, position integer not null, key text not null, outcome text not null, at text not null,
    reason text not null, told integer not null default 0, attempts integer not null default 0, due real not null);
create table shelf (
    position integer primary key, key text not null unique, acknowledged integer not null default 0);
create table handovers (key text not null, at text not null, status integer not null);
create table reports (key text primary key, sender text not null, receiver text not null, at text not null);
create table orders (
    id integer primary key, point text not null, participant text not null, key text not null,
    remaining integer not null, body blob not null);
"""
"""As the first version made it, without a number of its shape."""


def first(path: Path) -> None:
    """What the first version left: one message reported and told of, one on the shelf, one to be handed over."""
    profile = msgspec.json.encode(Participant(SELLER, TYPES, deliver_to=""))
    db = sqlite3.connect(path)
    db.executescript(FIRST)
    db.execute("pragma journal_mode = wal")
    db.execute("insert into participants values (?, ?)", (SELLER, profile))
    for key, done in (("zulu", 1), ("mike", 1), ("alfa", 0)):
        values = (key, f"sbx-{key}", key, SELLER, BUYER, sbdh.write(message(key)), NOW.isoformat(), done)
        db.execute("insert into messages values (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)", values)
    db.execute("insert into reports values ('zulu', ?, ?, ?)", (SELLER, BUYER, NOW.isoformat()))
    db.execute("insert into events values ('evt-1', 0, 'zulu', 'delivered', ?, '', 1, 0, 0)", (NOW.isoformat(),))
    db.execute("insert into shelf values (7, 'mike', 0)")
    body = msgspec.json.encode(Order(Fault.BUSY))
    db.execute("insert into orders values (3, 'submit', '', '', 1, ?)", (body,))
    db.commit()
    db.close()


def version(path: Path) -> int:
    with sqlite3.connect(path) as db:
        found: int = db.execute("pragma user_version").fetchone()[0]
    db.close()
    return found


def test_a_journal_of_the_first_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "network.sqlite"
    first(path)
    journal = Journal(path)
    assert journal.participant(SELLER) is not None
    assert [event.outcome for event in journal.events("zulu")] == [Outcome.DELIVERED]
    assert [report.key for report in journal.reports()] == ["zulu"]
    assert journal.shelved(0, 10) == [(7, "sbx-mike")]
    assert [one.key for one in journal.waiting(NOW, 4)] == ["alfa"]
    assert [one.key for one in journal.under_way(9)] == ["alfa"]
    assert journal.orders.strike(Point.SUBMIT, (), "") == Order(Fault.BUSY)
    again = journal.take("alfa", message("alfa"), sbdh.write(message("alfa")), NOW)
    assert again.reference == "sbx-alfa"
    journal.report("alfa", [(Outcome.REPORTED, "")], NOW, recorded=True)
    journal.settle("alfa", [(Outcome.DELIVERED, "")], NOW)
    journal.take_anew(message("alfa"), b"<again/>", NOW)
    journal.close()
    assert version(path) == file.VERSION
    assert [each.name for each in tmp_path.iterdir()] == ["network.sqlite"]


def test_what_was_brought_up_is_left_alone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.sqlite"
    first(path)
    Journal(path).close()
    monkeypatch.setattr(file, "_bring_up", lambda _: pytest.fail("it has the present shape"))
    Journal(path).close()


def test_the_same_tables_stand_in_an_old_file_and_in_a_new_one(tmp_path: Path) -> None:
    first(tmp_path / "old")
    shapes = []
    for name in ("old", "new"):
        Journal(tmp_path / name).close()
        db = sqlite3.connect(tmp_path / name)
        shapes.append(sorted(db.execute("select type, name, sql from sqlite_master")))
        db.close()
    assert shapes[0] == shapes[1]
    assert {name for kind, name, _ in shapes[0] if kind == "index"} >= {"messages_due", "events_untold"}


def foreign(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("create table messages (key text, reference text)")
    db.execute("insert into messages values ('k', 'r')")
    db.commit()
    db.close()


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_bytes(b"no database" * 1000), foreign], ids=["torn", "foreign"]
)
def test_a_journal_that_nobody_can_read_is_kept_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: object
) -> None:
    path = tmp_path / "network.sqlite"
    assert callable(spoil)
    spoil(path)
    before = path.read_bytes()
    with caplog.at_level(logging.WARNING):
        Journal(path).close()
    (aside,) = tmp_path.glob("network.sqlite.unreadable-*[0-9]")
    assert aside.name in caplog.text
    assert "starts empty" in caplog.text
    if spoil is not foreign:
        assert aside.read_bytes() == before
    assert version(path) == file.VERSION


def test_a_journal_in_use_is_neither_changed_nor_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.sqlite"
    first(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda where, **given: real(where, timeout=0, **given))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Journal(path)
    holder.execute("rollback")
    holder.close()
    assert not list(tmp_path.glob("*unreadable*"))
    Journal(path).close()


def test_the_network_starts_over_a_folder_of_the_first_version(tmp_path: Path) -> None:
    first(tmp_path / "network.sqlite")
    network = SandboxProcess(tmp_path)
    network.start()
    try:
        assert "zulu" in {report.key for report in network.desk.reports()}
    finally:
        network.stop()

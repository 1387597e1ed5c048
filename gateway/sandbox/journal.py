"""What the network knows, on disk: participants, messages, events, hand-overs, reports, faults on order.

SQLite in write-ahead mode, one writer, each method one transaction: a killed process loses nothing it has answered for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import msgspec

from gateway.sandbox.file import open_file
from gateway.sandbox.magic import BY_ID
from gateway.sandbox.orders import Orders
from gateway.sandbox.tables import Handover, Progress, Report, Untold, Waiting
from peppol.identifiers import DocumentTypeId
from peppol.message import Message
from peppol.providers.sandbox_wire import Accepted, Happened
from peppol.statuses import Outcome

_PROGRESS = "select key, reference, instance_id, sender, receiver, accepted_at, done, attempts from messages"


_HELD = 1e12


class Participant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A customer of the network's access points."""

    id: str
    """`0235:1234567890`."""
    document_types: tuple[str, ...]
    """Registered types, `scheme::value`, wildcards allowed."""
    deliver_to: str
    """Where corner 3 posts envelopes for it; empty: it fetches them."""
    tell: str = ""
    """Where statuses of what it sent are posted; empty: it polls."""
    secret: str = ""
    """Signs both kinds of calls."""

    def takes(self, wanted: DocumentTypeId) -> str | None:
        """The registration under which it takes this type; None: it doesn't."""
        return next((str(kind) for kind in wanted.candidates() if str(kind) in self.document_types), None)


class KeyReused(Exception):
    """The key, or the instance id, belongs to another message."""


class Journal:
    """The file; to be used from one thread."""

    def __init__(self, path: Path) -> None:
        """Open or create; see `open_file` for an older one."""
        self._db = open_file(path)
        self.orders = Orders(self._db)
        """What goes wrong."""

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("begin immediate")
        try:
            yield self._db
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def register(self, participant: Participant) -> None:
        """Add or replace a participant."""
        profile = msgspec.json.encode(participant)
        self._db.execute("insert or replace into participants values (?, ?)", (participant.id.lower(), profile))

    def participant(self, participant_id: str) -> Participant | None:
        """The participant of this id, in whatever case it is written; a magic receiver needs no registration."""
        if (magic := BY_ID.get(participant_id)) is not None:
            return Participant(participant_id, magic.types, deliver_to="")
        row = self._db.execute("select profile from participants where id = ?", (participant_id.lower(),)).fetchone()
        return msgspec.json.decode(row[0], type=Participant) if row else None

    def take(self, key: str, message: Message, envelope: bytes, now: datetime) -> Accepted:
        """Take a message, once: the same key and bytes are answered as the first time. Raises KeyReused."""
        with self._transaction() as db:
            row = db.execute("select reference, accepted_at, envelope from messages where key = ?", (key,)).fetchone()
            if row is not None:
                if row[2] != envelope:
                    raise KeyReused(f"The key {key} was used for another message")
                return Accepted(row[0], key, datetime.fromisoformat(row[1]))
            accepted = Accepted(f"sbx-{uuid4().hex}", key, now)
            try:
                db.execute(
                    "insert into messages (key, reference, instance_id, sender, receiver, envelope, accepted_at, due,"
                    " reported) values (?, ?, ?, ?, ?, ?, ?, 0, ?)",
                    (key, accepted.reference, message.instance_id, message.sender.value, message.receiver.value,
                     envelope, now.isoformat(), not _taxed(message)),
                )  # fmt: skip
            except sqlite3.IntegrityError:
                raise KeyReused(f"The instance id {message.instance_id} was used before, under another key") from None
            return accepted

    def take_anew(self, message: Message, envelope: bytes, now: datetime) -> None:
        """Take a message whoever took it before, in a door without idempotency; its sender asks and isn't told."""
        with self._transaction() as db:
            instance = message.instance_id
            count = db.execute(
                "select count(*) from messages where key = ? or key glob ? || '#*'", (instance, instance)
            )
            before = count.fetchone()[0]
            key = f"{instance}#{before + 1}" if before else instance
            db.execute(
                "insert into messages (key, reference, instance_id, sender, receiver, envelope, accepted_at, due,"
                " quiet, reported) values (?, ?, ?, ?, ?, ?, ?, 0, 1, ?)",
                (key, f"sbx-{uuid4().hex}", key, message.sender.value, message.receiver.value, envelope,
                 now.isoformat(), not _taxed(message)),
            )  # fmt: skip

    def progress(self, instance_id: str) -> Progress | None:
        """How far the last message of this instance id has come."""
        row = self._db.execute(
            f"{_PROGRESS} where key = ? or key glob ? || '#*' order by rowid desc limit 1", (instance_id, instance_id)
        ).fetchone()
        return _progress(row) if row else None

    def under_way(self, limit: int) -> list[Progress]:
        """Messages that aren't done, oldest first."""
        return [
            _progress(row) for row in self._db.execute(f"{_PROGRESS} where done = 0 order by rowid limit ?", (limit,))
        ]

    def accepted(self, key: str) -> Accepted | None:
        """What was answered for this key."""
        row = self._db.execute("select reference, accepted_at from messages where key = ?", (key,)).fetchone()
        return Accepted(row[0], key, datetime.fromisoformat(row[1])) if row else None

    def parties(self, key: str) -> tuple[str, ...]:
        """Sender and receiver of a message; empty where there is none."""
        row = self._db.execute("select sender, receiver from messages where key = ?", (key,)).fetchone()
        return tuple(row) if row else ()

    def waiting(self, now: datetime, each: int) -> list[Waiting]:
        """Messages whose hand-over is due, oldest first, at most so many of each receiver."""
        rows = self._db.execute(
            "select key, reference, sender, receiver, attempts, reported from ("
            " select *, row_number() over (partition by receiver order by accepted_at) as place from ("
            "  select key, reference, sender, receiver, attempts, reported, accepted_at from messages"
            "  where done = 0 and due <= ?"
            " )) where place <= ? order by accepted_at",
            (now.timestamp(), each),
        )
        return [_waiting(row) for row in rows]

    def envelope(self, key: str) -> bytes:
        """The envelope of a message there is."""
        row = self._db.execute("select envelope from messages where key = ?", (key,)).fetchone()
        return bytes(row[0])

    def handed_over(self, key: str, status: int, now: datetime) -> None:
        """Keep one attempt and its answer."""
        self._db.execute("insert into handovers values (?, ?, ?)", (key, now.isoformat(), status))

    def postpone(self, key: str, due: float) -> None:
        """Try the hand-over again at `due` (seconds since 1970)."""
        self._db.execute("update messages set attempts = attempts + 1, due = ? where key = ?", (due, key))

    def report(self, key: str, told: list[tuple[Outcome, str]], now: datetime, *, recorded: bool) -> None:
        """The fifth corner has seen the report: what it says, and whether it records it; once per message."""
        with self._transaction() as db:
            db.execute("update messages set reported = 1 where key = ?", (key,))
            if recorded:
                db.execute("insert into reports select key, sender, receiver, ? from messages where key = ?",
                           (now.isoformat(), key))  # fmt: skip
            for outcome, reason in told:
                self._happen(db, key, outcome, reason, now)

    def settle(self, key: str, told: list[tuple[Outcome, str]], now: datetime) -> None:
        """End the hand-over of a message, with its events: all or nothing."""
        with self._transaction() as db:
            db.execute("update messages set done = 1 where key = ?", (key,))
            db.execute("update shelf set acknowledged = 1 where key = ?", (key,))
            for outcome, reason in told:
                self._happen(db, key, outcome, reason, now)

    def shelve(self, key: str) -> None:
        """Keep a message until its receiver fetches and acknowledges it."""
        with self._transaction() as db:
            db.execute("update messages set done = 1 where key = ?", (key,))
            db.execute("insert or ignore into shelf (key) values (?)", (key,))

    def shelved(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Position and reference of what nobody acknowledged, behind a position, oldest first."""
        rows = self._db.execute(
            "select position, reference from shelf join messages using (key)"
            " where acknowledged = 0 and position > ? order by position limit ?",
            (after, limit),
        )
        return [(row[0], row[1]) for row in rows]

    def on_shelf(self, reference: str) -> tuple[Waiting, bool] | None:
        """A message that was shelved, and whether it is acknowledged."""
        row = self._db.execute(
            "select key, reference, sender, receiver, attempts, reported, acknowledged from messages"
            " join shelf using (key) where reference = ?",
            (reference,),
        ).fetchone()
        return (_waiting(row), bool(row[6])) if row else None

    def happen(self, key: str, outcome: Outcome, reason: str, now: datetime) -> Happened:
        """Add one event to a message."""
        with self._transaction() as db:
            return self._happen(db, key, outcome, reason, now)

    def _happen(self, db: sqlite3.Connection, key: str, outcome: Outcome, reason: str, now: datetime) -> Happened:
        event = Happened(event_id=f"evt-{uuid4().hex}", key=key, outcome=outcome, at=now, reason=reason)
        db.execute(
            "insert into events (event_id, position, key, outcome, at, reason, due)"
            " values (?, (select coalesce(max(rowid), 0) from events), ?, ?, ?, ?, 0)",
            (event.event_id, key, outcome, now.isoformat(), reason),
        )
        return event

    def events(self, key: str) -> tuple[Happened, ...]:
        """All events of a message, in order."""
        rows = self._db.execute(
            "select event_id, key, outcome, at, reason from events where key = ? order by position", (key,)
        )
        return tuple(_happened(row) for row in rows)

    def untold(self, now: datetime, each: int) -> list[Untold]:
        """Events due to be told, oldest first, at most so many of each sender."""
        rows = self._db.execute(
            "select event_id, key, outcome, at, reason, sender, receiver, attempts from ("
            " select *, row_number() over (partition by sender order by position) as place from ("
            "  select e.event_id, e.key, e.outcome, e.at, e.reason, e.attempts, e.position, m.sender, m.receiver"
            "  from events e join messages m using (key) where e.told = 0 and e.due <= ? and m.quiet = 0"
            " )) where place <= ? order by position",
            (now.timestamp(), each),
        )
        return [Untold(_happened(row[:5]), row[5], row[6], row[7]) for row in rows]

    def told(self, event_id: str) -> None:
        """The sender has confirmed an event, or won't be told; what was held until then is due."""
        with self._transaction() as db:
            db.execute("update events set told = 1 where event_id = ?", (event_id,))
            db.execute(
                "update events set due = 0 where due = ? and key = (select key from events where event_id = ?)",
                (_HELD, event_id),
            )

    def hold(self, event_id: str) -> None:
        """Tell it only after another event of its message was told."""
        self._db.execute("update events set due = ? where event_id = ?", (_HELD, event_id))

    def tell_later(self, event_id: str, due: float) -> None:
        """Try to tell at `due` (seconds since 1970)."""
        self._db.execute("update events set attempts = attempts + 1, due = ? where event_id = ?", (due, event_id))

    def handovers(self, key: str) -> list[Handover]:
        """Every attempt to hand a message over, and any other message of its instance id."""
        rows = self._db.execute(
            "select key, at, status from handovers where key = ? or key glob ? || '#*' order by rowid", (key, key)
        )
        return [Handover(*row) for row in rows]

    def reports(self) -> list[Report]:
        """What the fifth corner knows."""
        return [Report(*row) for row in self._db.execute("select key, sender, receiver, at from reports order by at")]


def _progress(row: tuple[str, str, str, str, str, str, int, int]) -> Progress:
    key, reference, instance_id, sender, receiver, accepted_at, done, attempts = row
    return Progress(key, reference, instance_id.partition("#")[0], sender, receiver, accepted_at, bool(done), attempts)


def _waiting(row: tuple[str, str, str, str, int, int]) -> Waiting:
    return Waiting(row[0], row[1], row[2], row[3], row[4], bool(row[5]))


def _taxed(message: Message) -> bool:
    """The fifth corner gets a report of invoices and credit notes, of nothing else."""
    return message.document_type.local_name in {"Invoice", "CreditNote"}


def _happened(row: tuple[str, str, str, str, str]) -> Happened:
    return Happened(row[0], row[1], Outcome(row[2]), datetime.fromisoformat(row[3]), row[4])

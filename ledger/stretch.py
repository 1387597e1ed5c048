"""Check one stretch of a ledger: from a joint, entry by entry, to the next joint.

A stretch begins with what the entries before it leave behind (a `Joint`) and ends with the same of its own. So a
ledger can be verified piece by piece: in two processes, or on after a break. Whoever puts the pieces together
(`ledger.verify`) sees to it that each begins where the one before ended. Memory doesn't grow with the entries.

The steps for each entry, as numbered in the code:

    LINKS        1 it is the next place   2 its bytes are an entry of this company   3 the columns repeat its bytes
                 4 its hash               5 its link to the entry before
    CONTENTS     6 its content is there   7 both content hashes                      8 the facts of a document
    SEALS        9 sealed where it must be, and the digest of the seal              10 the seal, by the key in force
    CHECKPOINTS 11 the batch before it has a checkpoint    12 root, time, note and signatures of a checkpoint
                13 the stored nodes of the Merkle tree
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from uuid import UUID

import msgspec

from certs import Purpose
from ledger.checkpoint import check_note
from ledger.entry import DOCUMENTS, ISSUED, NO_KEY, SEALED, VERSION, ZERO_HASH, Entry, Kind, decode, genesis
from ledger.errors import EntryMalformed
from ledger.key_windows import KeyWindows, Window
from ledger.merkle import Frontier, Subtree, leaf
from ledger.record import Checkpoint, Head, Node, Record
from ledger.report import Checked, Failure, Level, Reason
from ledger.signing import message

KEPT_FAILURES = 20

_PLACE = struct.Struct(">15s16sQBQ")
_TAIL = 104
"""Bytes behind the previous hash: invoice hash 32, XML hash 32, key id 8, digest of the signature 32."""
_NOTE_LINES = 6
"""Origin, size, root, an empty line, two signatures."""
_KINDS = frozenset(int(kind) for kind in Kind)
_KEY_KINDS = frozenset({int(Kind.KEY_ADDED), int(Kind.KEY_RETIRED)})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says, read from one of its forms; None where this form doesn't state it readably."""

    number: str | None
    """IBT-001."""
    issued: str | None
    """IBT-002, ISO day."""
    seller: str | None
    """IBT-034, the seller's electronic address."""
    currency: str | None
    """IBT-005."""
    total: str | None
    """IBT-112, total with tax, a plain decimal without trailing zeros."""


FactsOf = Callable[[bytes], Facts | None]
"""Reads the facts out of canonical JSON (an envelope) or XML; None where there are none to read. Never raises."""


class Batch(msgspec.Struct, frozen=True):
    """The next records in order of seq, with what is stored about them."""

    records: Sequence[Record]
    checkpoints: Sequence[Checkpoint] = ()
    """Those of a size behind the records of the batch before, up to the last of these; in order of size."""
    nodes: Sequence[Node] | None = None
    """The nodes of the tree that these records complete; None from a source that stores none."""
    unopened: Mapping[int, str] = MappingProxyType({})
    """Why content that stands apart couldn't be opened, by seq."""


class Joint(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries before a place leave behind: all that is needed to go on there."""

    size: int
    """How many entries lie before."""
    previous: bytes
    """Hash of the last one, or the genesis hash."""
    at_us: int = -1
    """Time of the last one; -1 at the beginning, and below `CHECKPOINTS`."""
    noted: bool = False
    """Whether a checkpoint of exactly this size is stored."""
    peaks: bytes | None = b""
    """The tree's frontier (`ledger.merkle.Frontier`); empty below `CHECKPOINTS`, None where entries are missing."""
    keys: tuple[Record, ...] = ()
    """The entries about keys; empty below `SEALS`."""


class Gone(msgspec.Struct, frozen=True):
    """A content that was destroyed, or the entry that says so; both carry the document's series and number."""

    seq: int
    series: str
    number: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one stretch was found to be."""

    start: Joint
    end: Joint
    checked: Checked
    failed: int
    failures: tuple[Failure, ...]
    """The first ones in order of seq, at most 20."""
    roots: dict[int, bytes]
    """The tree's root at the sizes that were asked for."""
    gone: tuple[Gone, ...] = ()
    erasures: tuple[Gone, ...] = ()


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whose ledger, and how deep."""

    company_id: UUID
    origin: str
    level: Level
    deep: bool = False
    """Read the facts of a document from its XML too, and compare."""


def beginning(head: Head) -> Joint:
    """The joint before the first entry. Raises `EntryMalformed` where the head's time is none."""
    return Joint(size=0, previous=genesis(head.company_id, head.created_us))


class Stretch:
    """One pass over one stretch."""

    def __init__(
        self, subject: Subject, start: Joint, *, facts_of: FactsOf | None = None, wanted: frozenset[int] = frozenset()
    ) -> None:
        """`wanted`: sizes at which the root is to be told. Raises `ProofMalformed` for peaks that fit no such size."""
        self.subject = subject
        self.next_seq = start.size
        self._start = start
        self._facts_of = facts_of
        self._wanted = wanted
        self._company = subject.company_id.bytes
        self._previous = start.previous
        self._treeing = subject.level >= Level.CHECKPOINTS
        self._frontier = Frontier(start.size, start.peaks) if self._treeing and start.peaks is not None else None
        self._subtrees: list[Subtree] = []
        self._at_us, self._noted = start.at_us, start.noted
        self._keys = KeyWindows(subject.company_id)
        self._key_entries = list(start.keys)
        for record in start.keys:
            self._keys.check(decode(record.body), record.signature or b"", record.canonical or b"", record.attached)
        self._window: Window | None = self._keys.at(Purpose.DOCUMENT, start.size)
        self._good = dict.fromkeys(Checked.__struct_fields__, 0)
        self._failed = 0
        self._failures: list[Failure] = []
        self._roots: dict[int, bytes] = {}
        self._gone: list[Gone] = []
        self._erasures: list[Gone] = []
        self._unopened: Mapping[int, str] = {}
        if self._frontier is not None and start.size in wanted:
            self._roots[start.size] = self._frontier.root()

    def feed(self, batch: Batch) -> None:
        """Check the next records. Blocks (50 µs for a sealed document): call it in a thread from a loop."""
        self._unopened = batch.unopened
        notes = deque(batch.checkpoints if self._treeing else ())
        for record in batch.records:
            self._check_checkpoints(notes)
            # 1 The next place: none left out, none twice.
            if record.seq != self.next_seq:
                if record.seq < self.next_seq:
                    self._fail(record.seq, Reason.ENTRY_REPEATED, "this place was seen before")
                    continue
                self._fail(self.next_seq, Reason.ENTRY_MISSING, f"entries to {record.seq - 1} are not there")
                self._previous, self._frontier, self._at_us = b"", None, -1
                self.next_seq = record.seq
            failure = self._judge(record)
            if failure is not None:
                self._add(failure)
            # 11 An append writes one time into all its entries: where it changes, a batch ended.
            elif self._at_us not in (-1, record.at_us) and not self._noted:
                self._fail(record.seq - 1, Reason.CHECKPOINT_MISSING, "the batch that ends here has no checkpoint")
            self.next_seq = record.seq + 1
            self._previous = record.entry_hash
            if self._treeing:
                self._grow(record, failure)
        self._check_checkpoints(notes)
        for note in notes:
            detail = f"a checkpoint of size {note.size} without its last entry"
            self._fail(max(note.size - 1, 0), Reason.CHECKPOINT_WRONG, detail)
        if self._treeing and batch.nodes is not None:
            self._check_nodes(batch.nodes)
        self._subtrees.clear()

    def outcome(self) -> Outcome:
        """What was found so far, and where the next stretch begins."""
        end = Joint(
            size=self.next_seq,
            previous=self._previous,
            at_us=self._at_us,
            noted=self._noted,
            peaks=self._frontier.peaks() if self._frontier is not None else None if self._treeing else b"",
            keys=tuple(self._key_entries),
        )
        return Outcome(
            start=self._start,
            end=end,
            checked=Checked(**self._good),
            failed=self._failed,
            failures=tuple(self._failures),
            roots=self._roots,
            gone=tuple(self._gone),
            erasures=tuple(self._erasures),
        )

    def _fail(self, seq: int, reason: Reason, detail: str) -> None:
        self._add(Failure(seq, reason, detail))

    def _add(self, failure: Failure) -> None:
        self._failed += 1
        self._failures = first_of([*self._failures, failure])

    def _judge(self, record: Record) -> Failure | None:
        body = record.body
        if not self._follows(record):
            failure = self._why(record)
            if failure is not None:
                return failure
        self._good["entries"] += 1
        if self.subject.level == Level.LINKS:
            return None
        tail = body[-_TAIL:]
        invoice_hash, xml_hash, key_id, digest = tail[:32], tail[32:64], tail[64:72], tail[72:]
        failure = self._check_content(record, invoice_hash, xml_hash)
        if failure is None and self.subject.level >= Level.SEALS:
            failure = self._check_seal(record, invoice_hash, xml_hash, key_id, digest)
        return failure

    def _follows(self, record: Record) -> bool:
        """Steps 2 to 5 at once: whether the bytes are what they must be. Why not, is told by `_why`."""
        series, number = record.series.encode("utf-8", "replace"), record.number.encode("utf-8", "replace")
        try:
            place = _PLACE.pack(VERSION, self._company, record.seq, record.kind, record.at_us)
            texts = len(series).to_bytes(2, "big") + series + len(number).to_bytes(2, "big") + number
        except (struct.error, OverflowError):
            return False
        front = place + texts + self._previous
        return (
            record.body.startswith(front)
            and len(record.body) == len(front) + _TAIL
            and len(self._previous) == 32
            and record.kind in _KINDS
            and b"\0" not in texts[2 : 2 + len(series)]
            and b"\0" not in number
            and record.company_id == self.subject.company_id
            and sha256(record.body).digest() == record.entry_hash
        )

    def _why(self, record: Record) -> Failure | None:
        # 2 An entry of this company.
        try:
            entry = decode(record.body)
        except EntryMalformed as error:
            return Failure(record.seq, Reason.ENTRY_MALFORMED, str(error))
        # 3 The columns repeat the bytes.
        columns = (record.company_id, record.seq, record.kind, record.at_us, record.series, record.number)
        told = (entry.company_id, entry.seq, entry.kind, entry.at_us, entry.series, entry.number)
        if entry.company_id != self.subject.company_id or columns != told:
            return Failure(record.seq, Reason.COLUMN_DIFFERS, "company, place, kind, time, series or number differs")
        # 4 The hash.
        if sha256(record.body).digest() != record.entry_hash:
            return Failure(record.seq, Reason.HASH_WRONG, "the entry's hash is not that of its bytes")
        # 5 The link.
        if entry.previous != self._previous:
            return Failure(record.seq, Reason.LINK_BROKEN, "the entry does not follow the one before")
        return None

    def _check_content(self, record: Record, invoice_hash: bytes, xml_hash: bytes) -> Failure | None:
        # 6 Content is there, or was destroyed as an entry says, or stands apart and nobody opens it.
        canonical, attached = record.canonical, record.attached
        if record.kind == Kind.ERASURE:
            self._erasures.append(Gone(record.seq, record.series, record.number))
        if record.seq in self._unopened:
            return Failure(record.seq, Reason.CONTENT_ALTERED, self._unopened[record.seq])
        if canonical is None and record.apart:
            self._good["erased" if record.erased else "closed"] += 1
            if record.erased:
                self._gone.append(Gone(record.seq, record.series, record.number))
            return None
        if canonical is None or (attached is None and record.kind in DOCUMENTS):
            return Failure(record.seq, Reason.CONTENT_MISSING, "the canonical JSON or the document is not there")
        # 7 Both hashes.
        if sha256(canonical).digest() != invoice_hash:
            return Failure(record.seq, Reason.CONTENT_ALTERED, "the canonical JSON is not the one that was recorded")
        if (ZERO_HASH if attached is None else sha256(attached).digest()) != xml_hash:
            return Failure(record.seq, Reason.CONTENT_ALTERED, "the attached bytes are not those that were recorded")
        self._good["contents"] += 1
        if self._facts_of is None or record.kind not in DOCUMENTS or attached is None:
            return None
        return self._check_facts(record, self._facts_of, canonical, attached)

    def _check_facts(self, record: Record, facts_of: FactsOf, canonical: bytes, attached: bytes) -> Failure | None:
        # 8 What we issue states all its facts, and the entry's number; what others send states what it states.
        issued, ours = record.kind in ISSUED, facts_of(canonical)
        if issued and (ours is None or ours.number != record.number):
            return Failure(record.seq, Reason.FACTS_DIFFER, f"the JSON does not state the number {record.number!r}")
        if not self.subject.deep:
            self._good["facts"] += ours is not None
            return None
        theirs = facts_of(attached)
        if issued and theirs is None:
            return Failure(record.seq, Reason.FACTS_DIFFER, "the document states no facts")
        for name in Facts.__struct_fields__ if ours is not None and theirs is not None else ():
            mine, other = getattr(ours, name), getattr(theirs, name)
            if mine != other and (issued or (mine is not None and other is not None)):
                detail = f"{name} is {mine!r} in JSON, {other!r} in the document"
                return Failure(record.seq, Reason.FACTS_DIFFER, detail)
        self._good["facts"] += ours is not None and theirs is not None
        return None

    def _check_seal(
        self, record: Record, invoice_hash: bytes, xml_hash: bytes, key_id: bytes, digest: bytes
    ) -> Failure | None:
        # 9 Sealed where it must be; the digest.
        signature = record.signature
        if signature is None:
            if record.kind in SEALED or key_id != NO_KEY or digest != ZERO_HASH:
                return Failure(record.seq, Reason.SEAL_MISSING, "the seal is not there")
            return None
        if sha256(signature).digest() != digest:
            return Failure(record.seq, Reason.SEAL_WRONG, "the seal is not the one that was recorded")
        # 10 The seal, by the key in force.
        window = self._window
        if (
            record.kind not in _KEY_KINDS
            and window is not None
            and window.key_id == key_id
            and window.key.verify(signature, message(invoice_hash, xml_hash))
        ):
            failure = None
        else:
            entry: Entry = decode(record.body)
            failure = self._keys.check(entry, signature, record.canonical or b"", record.attached)
            if record.kind in _KEY_KINDS:
                self._key_entries.append(record)
                self._window = self._keys.at(Purpose.DOCUMENT, record.seq + 1)
        self._good["seals"] += failure is None
        return failure

    def _grow(self, record: Record, failure: Failure | None) -> None:
        self._at_us, self._noted = -1 if failure else record.at_us, False
        if self._frontier is not None:
            told = sha256(record.body).digest() if failure else record.entry_hash
            self._frontier.append(leaf(told), self._subtrees)
            if self.next_seq in self._wanted:
                self._roots[self.next_seq] = self._frontier.root()

    def _check_checkpoints(self, notes: deque[Checkpoint]) -> None:
        # 12 The ledger at this size, signed by the keys in force there.
        while notes and notes[0].size <= self.next_seq:
            note = notes.popleft()
            if note.size < self.next_seq or self._noted:
                detail = f"a checkpoint of size {note.size} stands where none or another belongs"
                self._fail(max(note.size - 1, 0), Reason.CHECKPOINT_WRONG, detail)
                continue
            self._noted = True
            if self._frontier is None:
                continue  # after a gap there is no tree to compare with; the gap has failed already
            fault = self._note_fault(note, self._frontier.root())
            if fault is not None:
                self._fail(max(note.size - 1, 0), Reason.CHECKPOINT_WRONG, fault)
            else:
                self._good["checkpoints"] += 1

    def _note_fault(self, note: Checkpoint, root: bytes) -> str | None:
        if note.root != root:
            return f"its root is not that of the {note.size} entries"
        if self._at_us not in (-1, note.at_us):
            return "its time is not that of its batch"
        keys = self._keys.ledger_keys_at(note.size)
        if keys is None:
            return "no ledger keys are in force at its size"
        if note.note.count(b"\n") != _NOTE_LINES:
            return "its note has other lines than text and two signatures"
        return check_note(note.note, self.subject.origin, note.size, root, keys)

    def _check_nodes(self, nodes: Sequence[Node]) -> None:
        # 13 Stored nodes: those that these entries complete.
        stored = {(node.level, node.idx): node.hash for node in nodes}
        if self._frontier is None:
            return
        for subtree in self._subtrees:
            if stored.get((subtree.level, subtree.idx)) != subtree.hash:
                detail = f"node {subtree.idx} of level {subtree.level} is not what the entries give"
                self._fail(((subtree.idx + 1) << subtree.level) - 1, Reason.TREE_WRONG, detail)


def first_of(failures: Sequence[Failure]) -> list[Failure]:
    """The first ones in order of seq, as many as are kept."""
    return sorted(failures, key=lambda kept: kept.seq)[:KEPT_FAILURES]

"""Find the first entry that doesn't hold, with nothing but stored bytes and public keys.

A `Verification` is fed with records in order of seq, in batches of any size, and keeps nothing of them but a hash and
the keys: memory doesn't grow with the ledger. The steps for each entry, as numbered in the code:

    LINKS     1 it is the next place   2 its bytes are an entry of this company   3 the columns repeat its bytes
              4 its hash               5 its link to the entry before
    CONTENTS  6 its content is there   7 both content hashes                      8 the facts of a document agree
    SEALS     9 sealed where it must be, and the digest of the seal              10 the seal, by the key in force
    at the end   11 all entries of the head were seen, none lies behind   12 head hash   13 key in force, table of keys

What these levels can't find: a tail cut off together with the head, and the work of someone who holds the document
key and rewrites all that follows. Signed checkpoints kept elsewhere find that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

import msgspec

from ledger.entry import DOCUMENTS, ISSUED, NO_KEY, SEALED, ZERO_HASH, Entry, decode, genesis
from ledger.errors import EntryMalformed
from ledger.key_windows import KeyWindows
from ledger.record import Head, PublicKey, Record
from ledger.report import Checked, Failure, Level, Reason, Report
from ledger.signing import content_hashes

KEPT_FAILURES = 20


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


class Verification:
    """One pass over one company's ledger."""

    def __init__(self, head: Head, *, level: Level = Level.SEALS, facts_of: FactsOf | None = None) -> None:
        """`head`: read before the entries; what is appended after it is left to the next verification."""
        self.head = head
        self.level = level
        self.next_seq = 0
        self.keys = KeyWindows(head.company_id)
        self._facts_of = facts_of
        self._good = {"entries": 0, "contents": 0, "facts": 0, "seals": 0}
        self._failed = 0
        self._finished = False
        self._failures: list[Failure] = []
        try:
            self._previous = genesis(head.company_id, head.created_us)
        except EntryMalformed as error:
            self._previous = b""
            self.fail(Failure(0, Reason.HEAD_WRONG, str(error)))

    @property
    def done(self) -> bool:
        """Whether every entry of the head was seen."""
        return self.next_seq >= self.head.count

    def feed(self, records: Iterable[Record]) -> None:
        """Check the next records. Blocks (25 µs for a seal): call it in a thread from a loop."""
        for record in records:
            # 1 The next place: none left out, none twice.
            if record.seq < self.next_seq:
                self.fail(Failure(record.seq, Reason.ENTRY_REPEATED, "this place was seen before"))
                continue
            if record.seq > self.next_seq:
                detail = f"entries {self.next_seq} to {record.seq - 1} are not there"
                self.fail(Failure(self.next_seq, Reason.ENTRY_MISSING, detail))
                self._previous = b""
            failure = self._check(record)
            if failure is not None:
                self.fail(failure)
            self.next_seq = record.seq + 1
            self._previous = record.entry_hash

    def fail(self, failure: Failure) -> None:
        """Record a failure, also one that the caller found by other means."""
        self._failed += 1
        self._failures = sorted([*self._failures, failure], key=lambda kept: kept.seq)[:KEPT_FAILURES]

    def finish(self, keys: Sequence[PublicKey], *, end: Head, last_seq: int | None) -> Report:
        """The outcome. `end`, `last_seq` and `keys` were read together, after the last record."""
        # 11 All of the head's entries, and nothing behind it.
        if not self.done:
            detail = f"entries {self.next_seq} to {self.head.count - 1} are not there"
            self.fail(Failure(self.next_seq, Reason.ENTRY_MISSING, detail))
        elif (-1 if last_seq is None else last_seq) != end.count - 1:
            self.fail(
                Failure(end.count, Reason.BEYOND_HEAD, f"the head ends at {end.count - 1}, entries at {last_seq}")
            )
        # 12 The head names the last entry.
        elif self._previous != self.head.hash:
            self.fail(
                Failure(max(self.head.count - 1, 0), Reason.HEAD_WRONG, "the head's hash is not the last entry's")
            )
        if self.level >= Level.SEALS:
            # 13 The key in force, and the table of keys.
            if self.done and self.keys.in_force != self.head.key_id:
                detail = f"the head signs with {self.head.key_id.hex()}, in force is {self.keys.in_force.hex()}"
                self.fail(Failure(max(self.head.count - 1, 0), Reason.HEAD_WRONG, detail))
            for failure in self.keys.compare(keys, until=self.head.count, now_count=end.count):
                self.fail(failure)
        if self._good["entries"] == 0 and not self._failures:
            self.fail(Failure(0, Reason.NOTHING_CHECKED, "the ledger is empty: there is nothing that could hold"))
        self._finished = True
        return self.report()

    def report(self) -> Report:
        """What is known so far; `incomplete` unless something failed or `finish` was reached."""
        status = "failed" if self._failed else "ok" if self._finished else "incomplete"
        return Report(
            company_id=self.head.company_id,
            status=status,  # type: ignore[arg-type]  # one of the three literals above
            level=self.level,
            head_count=self.head.count,
            head_hash=self.head.hash.hex(),
            checked=Checked(**self._good),
            failed=self._failed,
            failures=tuple(self._failures),
        )

    def _check(self, record: Record) -> Failure | None:
        # 2 An entry of this company.
        try:
            entry = decode(record.body)
        except EntryMalformed as error:
            return Failure(record.seq, Reason.ENTRY_MALFORMED, str(error))
        # 3 The columns repeat the bytes.
        if entry.company_id != self.head.company_id or (
            record.company_id,
            record.seq,
            record.kind,
            record.at_us,
            record.series,
            record.number,
        ) != (entry.company_id, entry.seq, entry.kind, entry.at_us, entry.series, entry.number):
            return Failure(record.seq, Reason.COLUMN_DIFFERS, "company, place, kind, time, series or number differs")
        # 4 The hash.
        if sha256(record.body).digest() != record.entry_hash:
            return Failure(record.seq, Reason.HASH_WRONG, "the entry's hash is not that of its bytes")
        # 5 The link.
        if entry.previous != self._previous:
            return Failure(record.seq, Reason.LINK_BROKEN, "the entry does not follow the one before")
        self._good["entries"] += 1
        failure = self._check_content(record, entry) if self.level >= Level.CONTENTS else None
        if failure is None and self.level >= Level.SEALS:
            failure = self._check_seal(record, entry)
        return failure

    def _check_content(self, record: Record, entry: Entry) -> Failure | None:
        # 6 Content is there.
        if record.canonical is None or (entry.kind in DOCUMENTS and record.attached is None):
            return Failure(entry.seq, Reason.CONTENT_MISSING, "the canonical JSON or the document is not there")
        # 7 Both hashes.
        invoice_hash, xml_hash = content_hashes(record.canonical, record.attached)
        if invoice_hash != entry.invoice_hash:
            return Failure(entry.seq, Reason.CONTENT_ALTERED, "the canonical JSON is not the one that was recorded")
        if xml_hash != entry.xml_hash:
            return Failure(entry.seq, Reason.CONTENT_ALTERED, "the attached bytes are not those that were recorded")
        self._good["contents"] += 1
        # 8 The facts of a document agree in both forms, and with the entry's number.
        if self._facts_of is None or entry.kind not in DOCUMENTS or record.attached is None:
            return None
        ours, theirs = self._facts_of(record.canonical), self._facts_of(record.attached)
        if entry.kind in ISSUED and (ours is None or theirs is None or ours.number != entry.number):
            return Failure(entry.seq, Reason.FACTS_DIFFER, f"not both forms state the number {entry.number!r}")
        for name in Facts.__struct_fields__ if ours is not None and theirs is not None else ():
            mine, other = getattr(ours, name), getattr(theirs, name)
            # What others send may state a thing unreadably; what we issue states it in both forms.
            if mine != other and (entry.kind in ISSUED or (mine is not None and other is not None)):
                return Failure(entry.seq, Reason.FACTS_DIFFER, f"{name} is {mine!r} in JSON, {other!r} in the document")
        self._good["facts"] += ours is not None and theirs is not None
        return None

    def _check_seal(self, record: Record, entry: Entry) -> Failure | None:
        # 9 Sealed where it must be; the digest.
        if record.signature is None:
            if entry.kind in SEALED or entry.key_id != NO_KEY or entry.signature_hash != ZERO_HASH:
                return Failure(entry.seq, Reason.SEAL_MISSING, "the seal is not there")
            return None
        if sha256(record.signature).digest() != entry.signature_hash:
            return Failure(entry.seq, Reason.SEAL_WRONG, "the seal is not the one that was recorded")
        # 10 The seal, by the key in force.
        failure = self.keys.check(entry, record.signature, record.canonical or b"", record.attached)
        if failure is None:
            self._good["seals"] += 1
        return failure

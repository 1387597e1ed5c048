"""Which key may sign what, and where: the windows of a company's keys, followed entry by entry."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from uuid import UUID

import msgspec

from certs import ALGORITHMS, CertsError, Ed25519Key, Purpose, RsaPssKey, VerifyingKey, pss, verifying_key
from ledger.entry import NO_KEY, Entry, Kind
from ledger.errors import NotCanonical
from ledger.key_events import KeyAdded, proof_message, read_added, read_proofs, read_retired
from ledger.record import PublicKey
from ledger.report import Failure, Reason
from ledger.signing import message


class Window(msgspec.Struct, frozen=True):
    """A key and the entry that added it."""

    key: VerifyingKey
    key_id: bytes
    purpose: Purpose
    spki: bytes
    version: int
    added_seq: int


class LedgerKeys(msgspec.Struct, frozen=True):
    """The keys that sign the checkpoint of one size."""

    ed25519: Ed25519Key
    rsa: RsaPssKey


class _WrongEvent(Exception):
    """What is wrong with an entry about a key."""


class KeyWindows:
    """Fed with entries in order; judges each seal by the document key in force at its place."""

    def __init__(self, company_id: UUID) -> None:
        self._company_id = company_id
        self._windows: dict[bytes, Window] = {}
        self._courses: dict[Purpose, list[tuple[int, Window]]] = {purpose: [] for purpose in Purpose}
        """For each purpose the keys that came into force, with the size of the ledger from which on they are."""

    @property
    def in_force(self) -> bytes:
        """The id of the document key in force behind the last entry seen; zeros while there is none."""
        window = self._latest(Purpose.DOCUMENT)
        return NO_KEY if window is None else window.key_id

    def at(self, purpose: Purpose, size: int) -> Window | None:
        """The key in force once the ledger has `size` entries; None where it has none of this purpose yet.

        Only what the entries fed so far tell is known: feed at least `size` of them before asking.
        """
        course = self._courses[purpose]
        index = bisect_right(course, size, key=lambda step: step[0])
        return course[index - 1][1] if index else None

    def ledger_keys_at(self, size: int) -> LedgerKeys | None:
        """The keys that a checkpoint of `size` entries must be signed with; None where the ledger has not both yet."""
        note, rsa = self.at(Purpose.LEDGER, size), self.at(Purpose.LEDGER_RSA, size)
        if note is None or rsa is None or not isinstance(note.key, Ed25519Key) or not isinstance(rsa.key, RsaPssKey):
            return None
        return LedgerKeys(note.key, rsa.key)

    def check(self, entry: Entry, signature: bytes, canonical: bytes, attached: bytes | None) -> Failure | None:
        """Judge one seal; entries about keys move the windows."""
        try:
            if entry.kind is Kind.KEY_ADDED:
                return self._add(entry, signature, canonical, attached)
            if entry.kind is Kind.KEY_RETIRED:
                return self._retire(entry, signature, canonical)
        except (_WrongEvent, NotCanonical, CertsError) as error:
            return Failure(entry.seq, Reason.KEY_EVENT_WRONG, str(error))
        return self._sealed_by(entry, signature, self.in_force)

    def compare(self, rows: Iterable[PublicKey], *, until: int, now_count: int) -> list[Failure]:
        """Hold the table of public keys against what the entries before `until` say.

        Rows of entries from `until` on, appended while the verification ran, are left out; none may point behind
        `now_count`.
        """
        failures: list[Failure] = []
        told = dict(self._windows)
        for row in rows:
            if until <= row.added_seq < now_count and row.key_id not in told:
                continue
            window = told.pop(row.key_id, None)
            if window is None:
                failures.append(Failure(row.added_seq, Reason.KEY_TABLE_DIFFERS, f"no entry adds {row.key_id.hex()}"))
            elif (row.spki, row.version, row.added_seq, row.purpose, row.algorithm) != (
                window.spki,
                window.version,
                window.added_seq,
                window.purpose,
                window.key.algorithm,
            ):
                detail = f"the row of key {row.key_id.hex()} differs from the entry that added it"
                failures.append(Failure(window.added_seq, Reason.KEY_TABLE_DIFFERS, detail))
        for key_id, window in told.items():
            failures.append(Failure(window.added_seq, Reason.KEY_TABLE_DIFFERS, f"no row for key {key_id.hex()}"))
        return failures

    def _latest(self, purpose: Purpose) -> Window | None:
        course = self._courses[purpose]
        return course[-1][1] if course else None

    def _sealed_by(self, entry: Entry, signature: bytes, expected: bytes) -> Failure | None:
        window = self._windows.get(entry.key_id)
        if window is None:
            return Failure(entry.seq, Reason.KEY_UNKNOWN, f"no entry before adds the key {entry.key_id.hex()}")
        if entry.key_id != expected:
            detail = f"sealed by {entry.key_id.hex()} while {expected.hex()} is in force"
            return Failure(entry.seq, Reason.KEY_NOT_IN_FORCE, detail)
        if not window.key.verify(signature, message(entry.invoice_hash, entry.xml_hash)):
            return Failure(entry.seq, Reason.SEAL_WRONG, f"not a signature of {entry.key_id.hex()} over these hashes")
        return None

    def _add(self, entry: Entry, signature: bytes, canonical: bytes, attached: bytes | None) -> Failure | None:
        added = read_added(canonical)
        window = self._window(added, entry.seq)
        old = self._latest(window.purpose)
        if (added.replaces, added.version) != (old.key_id.hex() if old else "", old.version + 1 if old else 1):
            raise _WrongEvent(f"the key replaces {added.replaces or 'none'} as version {added.version}; not so here")
        if window.purpose is Purpose.DOCUMENT and old is None:
            if attached is not None:
                raise _WrongEvent("the first document key seals its own entry and needs no other proof")
            self._into_force(window, entry.seq)
            return self._sealed_by(entry, signature, window.key_id)
        failure = self._sealed_by(entry, signature, self.in_force)
        self._windows[window.key_id] = window
        if old is None:
            self._into_force(window, entry.seq)
        if failure is None:
            _check_proofs(window, old, canonical, attached)
        return failure

    def _window(self, added: KeyAdded, seq: int) -> Window:
        """The key that an entry adds, if the entry agrees with itself."""
        try:
            purpose = Purpose(added.purpose)
        except ValueError:
            raise _WrongEvent(f"no key here serves the purpose {added.purpose[:40]!r}") from None
        spki = added.spki_bytes()
        added.chain()  # readable, that is; what the certificates say is the auditor's to judge
        key, key_id = verifying_key(added.algorithm, spki), pss.key_id_of(spki)
        if key.algorithm is not ALGORITHMS[purpose]:
            raise _WrongEvent(f"a key for {purpose} signs with {ALGORITHMS[purpose]}, not {key.algorithm}")
        if added.key_id != key_id.hex() or added.company_id != self._company_id or key_id in self._windows:
            raise _WrongEvent("id or company is wrong, or the key is not new")
        return Window(key, key_id, purpose, spki, added.version, seq)

    def _into_force(self, window: Window, seq: int) -> None:
        self._windows[window.key_id] = window
        self._courses[window.purpose].append((seq + 1, window))

    def _retire(self, entry: Entry, signature: bytes, canonical: bytes) -> Failure | None:
        event = read_retired(canonical)
        windows = {window.key_id.hex(): window for window in self._windows.values()}
        old, new = windows.get(event.key_id), windows.get(event.successor)
        if (
            old is None
            or new is None
            or new.purpose is not old.purpose
            or new.version != old.version + 1
            or self._latest(old.purpose) != old
        ):
            raise _WrongEvent("only a key in force is retired, for the one of its purpose that was added to replace it")
        self._into_force(new, entry.seq)
        return self._sealed_by(entry, signature, self.in_force)


def _check_proofs(window: Window, old: Window | None, payload: bytes, attached: bytes | None) -> None:
    """That whoever added the key holds it, and that a ledger key handed over to its successor itself."""
    if attached is None:
        raise _WrongEvent("the new key did not prove its possession")
    possession, outgoing = read_proofs(attached)
    signed = proof_message(payload)
    if not window.key.verify(possession, signed):
        raise _WrongEvent("the new key did not prove its possession")
    if window.purpose is Purpose.DOCUMENT or old is None:
        if outgoing:
            raise _WrongEvent("an outgoing key signed where none hands over")
    elif not old.key.verify(outgoing, signed):
        raise _WrongEvent("the ledger key that is replaced did not sign")

"""Which key may seal which entry: the windows of a company's keys, followed entry by entry."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from certs import Algorithm, CertsError, Purpose, pss
from ledger.entry import NO_KEY, ZERO_HASH, Entry, Kind
from ledger.errors import NotCanonical
from ledger.key_events import KeyAdded, read_added, read_retired
from ledger.record import PublicKey
from ledger.report import Failure, Reason
from ledger.signing import check_seal


class Window(msgspec.Struct):
    """A key and its place in the ledger."""

    key: rsa.RSAPublicKey
    spki: bytes
    version: int
    added_seq: int
    retired_seq: int | None = None


class KeyWindows:
    """Fed with entries in order; judges each seal by the key in force at its place."""

    def __init__(self) -> None:
        self.in_force = NO_KEY
        self._windows: dict[bytes, Window] = {}

    def check(self, entry: Entry, signature: bytes, canonical: bytes, attached: bytes | None) -> Failure | None:
        """Judge one seal; entries about keys move the windows."""
        if entry.kind is Kind.KEY_ADDED:
            return self._add(entry, signature, canonical, attached)
        if entry.kind is Kind.KEY_RETIRED:
            return self._retire(entry, signature, canonical)
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
                Purpose.DOCUMENT,
                Algorithm.RSA_PSS_SHA256,
            ):
                detail = f"the row of key {row.key_id.hex()} differs from the entry that added it"
                failures.append(Failure(window.added_seq, Reason.KEY_TABLE_DIFFERS, detail))
        for key_id, window in told.items():
            failures.append(Failure(window.added_seq, Reason.KEY_TABLE_DIFFERS, f"no row for key {key_id.hex()}"))
        return failures

    def _sealed_by(self, entry: Entry, signature: bytes, expected: bytes) -> Failure | None:
        window = self._windows.get(entry.key_id)
        if window is None:
            return Failure(entry.seq, Reason.KEY_UNKNOWN, f"no entry before adds the key {entry.key_id.hex()}")
        if entry.key_id != expected:
            detail = f"sealed by {entry.key_id.hex()} while {expected.hex()} is in force"
            return Failure(entry.seq, Reason.KEY_NOT_IN_FORCE, detail)
        if not check_seal(window.key, signature, entry.invoice_hash, entry.xml_hash):
            return Failure(entry.seq, Reason.SEAL_WRONG, f"not a signature of {entry.key_id.hex()} over these hashes")
        return None

    def _add(self, entry: Entry, signature: bytes, canonical: bytes, attached: bytes | None) -> Failure | None:
        try:
            added = read_added(canonical)
            spki = added.spki_bytes()
            key = pss.public_key(spki)
        except (NotCanonical, CertsError) as error:
            return Failure(entry.seq, Reason.KEY_EVENT_WRONG, str(error))
        key_id = pss.key_id_of(spki)
        if not _sound(added, key_id) or key_id in self._windows:
            return Failure(
                entry.seq, Reason.KEY_EVENT_WRONG, "id, purpose or algorithm is wrong, or the key is not new"
            )
        window = Window(key, spki, added.version, entry.seq)
        if self.in_force == NO_KEY:
            self._windows[key_id] = window
            failure = self._sealed_by(entry, signature, key_id)
            self.in_force = key_id
            return failure
        failure = self._sealed_by(entry, signature, self.in_force)
        if failure is None and (attached is None or not check_seal(key, attached, entry.invoice_hash, ZERO_HASH)):
            failure = Failure(entry.seq, Reason.KEY_EVENT_WRONG, "the new key did not prove its possession")
        self._windows[key_id] = window
        return failure

    def _retire(self, entry: Entry, signature: bytes, canonical: bytes) -> Failure | None:
        try:
            event = read_retired(canonical)
            old, new = bytes.fromhex(event.key_id), bytes.fromhex(event.successor)
        except (NotCanonical, ValueError) as error:
            return Failure(entry.seq, Reason.KEY_EVENT_WRONG, str(error))
        successor = self._windows.get(new)
        if old != self.in_force or old in (NO_KEY, new) or successor is None or successor.retired_seq is not None:
            return Failure(
                entry.seq, Reason.KEY_EVENT_WRONG, "the key in force is retired for one that was added before"
            )
        self._windows[old].retired_seq = entry.seq
        self.in_force = new
        return self._sealed_by(entry, signature, new)


def _sound(added: KeyAdded, key_id: bytes) -> bool:
    return (
        added.key_id == key_id.hex()
        and added.purpose == Purpose.DOCUMENT
        and added.algorithm == Algorithm.RSA_PSS_SHA256
    )

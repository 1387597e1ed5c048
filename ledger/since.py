"""Begin a verification at a checkpoint that is known already: what lies before it is proven, not read.

The known root binds every entry before it. So the few rows that going on needs are shown to belong under it: the tree's
frontier and the last entry by building the root from them, each entry about a key by an inclusion proof (RFC 9162,
section 2.1.3.2). That everything after it grew out of the known tree follows, since later roots are built on this
frontier. Costs as much as there are new entries, whatever lies before.

What it can't show is that no entry about a key was left out of what is stored: a key that was retired before the
known size would then pass for one in force. Its owner would need to have kept it, and the ledger's keys as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from ledger.entry import Entry, decode
from ledger.errors import EntryMalformed, ProofMalformed
from ledger.key_windows import KeyWindows
from ledger.merkle import Frontier, leaf, verify_inclusion
from ledger.record import Head, Record
from ledger.report import Failure, Level, Reason
from ledger.signing import content_hashes
from ledger.verify import Joint, Known


class Proven(msgspec.Struct, frozen=True):
    """An entry about a key, with the hashes that lead from it to the root."""

    record: Record
    path: tuple[bytes, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored about the place where the verification begins."""

    peaks: bytes
    """The frontier at `first`."""
    first: int
    """A multiple of 256 below the known size."""
    records: Sequence[Record]
    """The entries from `first` to the known size, without content."""
    keys: Sequence[Proven]
    """The entries about keys before the known size, in order."""
    noted: bool
    """Whether a checkpoint of exactly this size is stored."""


def begin_at(head: Head, known: Known, evidence: Evidence, level: Level) -> Joint | Failure:
    """The joint behind the known entries, or why these are not the ones that were known."""
    if not evidence.first < known.size <= head.count:
        detail = f"the ledger has {head.count} entries, {known.size} are known to have been there"
        return Failure(head.count, Reason.HISTORY_CUT, detail)
    if len(evidence.records) != known.size - evidence.first:
        return Failure(evidence.first, Reason.ENTRY_MISSING, f"entries before {known.size} are not there")
    try:
        frontier = Frontier(evidence.first, evidence.peaks)
        for record in evidence.records:
            frontier.append(leaf(sha256(record.body).digest()))
        last = decode(evidence.records[-1].body)
    except (ProofMalformed, EntryMalformed) as error:
        return Failure(known.size - 1, Reason.HISTORY_REWRITTEN, str(error))
    failure = known.fault(frontier.root()) or _check_keys(head, known, evidence.keys)
    if failure is not None:
        return failure
    treeing = level >= Level.CHECKPOINTS
    return Joint(
        size=known.size,
        previous=sha256(evidence.records[-1].body).digest(),
        at_us=last.at_us if treeing else -1,
        noted=evidence.noted and treeing,
        peaks=frontier.peaks() if treeing else b"",
        keys=tuple(key.record for key in evidence.keys) if level >= Level.SEALS else (),
    )


def _check_keys(head: Head, known: Known, keys: Sequence[Proven]) -> Failure | None:
    windows = KeyWindows(head.company_id)
    for key in keys:
        record = key.record
        try:
            entry = decode(record.body)
        except EntryMalformed as error:
            return Failure(record.seq, Reason.ENTRY_MALFORMED, str(error))
        if not _belongs(record, entry, known, key.path):
            return Failure(record.seq, Reason.HISTORY_REWRITTEN, "this entry about a key is not under the known root")
        failure = windows.check(entry, record.signature or b"", record.canonical or b"", record.attached)
        if failure is not None:
            return failure
    return None


def _belongs(record: Record, entry: Entry, known: Known, path: Sequence[bytes]) -> bool:
    hashes = content_hashes(record.canonical or b"", record.attached)
    return (
        entry.seq == record.seq
        and entry.kind == record.kind
        and hashes == (entry.invoice_hash, entry.xml_hash)
        and verify_inclusion(leaf(sha256(record.body).digest()), entry.seq, known.size, path, known.root)
    )

"""Writes a bundle from records in order of seq; memory holds one batch, whatever the size of the ledger.

Entries and signatures are single members, yet arrive between the contents: they are gathered in unnamed files of the
scratch folder (about 500 bytes for each entry) and copied in at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import UUID

import msgspec

from ledger import envelope, verifier
from ledger.bundle import forms
from ledger.bundle.archive import Archive
from ledger.cosignature import NoteKey
from ledger.entry import DOCUMENTS, Kind
from ledger.errors import BundleRefused, NotCanonical
from ledger.key_events import read_added, read_retired
from ledger.record import Record

BLOCK = 1_024
"""Entries whose contents share a member."""
NOTHING, ERASED = b"\xff\xff\xff\xff", b"\xff\xff\xff\xfe"
MOST_NOTES = 1_024
"""Checkpoints that a bundle holds without leaving any out."""
NOTES_STEP = 64
"""Of this many entries the last checkpoint is kept, where there are more than `MOST_NOTES`."""
_KEYS = frozenset({Kind.KEY_ADDED, Kind.KEY_RETIRED})


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the bundle is about, known before the first entry."""

    company_id: UUID
    created_us: int
    origin: str
    first: int
    last: int
    """The range, both included."""
    left_peaks: tuple[bytes, ...] = ()
    """Peaks of the tree of size `first`, largest first; none for 0."""


class Outside(msgspec.Struct, frozen=True):
    """An entry outside the range with its inclusion proof in the tree of the newest checkpoint."""

    record: Record
    path: tuple[bytes, ...] = ()


class Cosigned(msgspec.Struct, frozen=True):
    """What witnesses said: their keys, and notes with their lines, in order of size."""

    keys: tuple[NoteKey, ...]
    notes: tuple[bytes, ...]


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """A time stamp over a checkpoint that is in the bundle."""

    size: int
    index: int
    tree_size: int
    path: tuple[bytes, ...]
    root: bytes
    token: bytes


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """What is only known when all entries were read: everything up to the newest checkpoint."""

    size: int
    root: bytes
    path: tuple[bytes, ...]
    """Consistency proof from `last + 1` to `size`."""
    outside: tuple[Outside, ...] = ()
    """In order of seq: key events outside the range, and erasures behind it of entries in it."""
    cosigned: Cosigned | None = None
    stamps: tuple[Stamped, ...] = ()


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished bundle holds."""

    first: int
    last: int
    size: int
    """Of its newest checkpoint."""
    root: str
    documents: int
    erased: int


class BundleWriter:
    """Writes one bundle: `add` records, `add_checkpoint` notes, `finish`. Blocks: call it in a thread from a loop."""

    def __init__(
        self,
        file: IO[bytes],
        scope: Scope,
        *,
        scratch: Path | None = None,
        pages: Mapping[str, bytes] | None = None,
    ) -> None:
        """`file`: empty and seekable; stays open. `pages`: SPEC.md and verifiers, if others than this program's."""
        if not 0 <= scope.first <= scope.last:
            raise BundleRefused(f"there are no entries from {scope.first} to {scope.last}")
        self._scope = scope
        self._archive = Archive(file)
        self._pages = bundled_pages() if pages is None else pages
        self._entries, self._signatures, self._notes = (
            tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115  # closed with the writer
            for _ in range(3)
        )
        self._next = scope.first
        self._segments: list[forms.Segment] = []
        self._begun: tuple[int, int, int] | None = None
        """First seq of the segment that is being written, and where it begins in entries and signatures."""
        self._entries_end = self._signatures_end = 0
        self._events: list[Record] = []
        self._rulesets: dict[tuple[str, str, str], forms.Ruleset] = {}
        self._documents = self._erased = 0
        self.erased: set[tuple[str, str]] = set()
        """Series and number of the documents whose content was destroyed; `Closing.outside` has to say so."""
        self._noted = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.discard()
        for file in (self._entries, self._signatures, self._notes):
            file.close()

    @property
    def next_seq(self) -> int:
        """The entry that is expected next."""
        return self._next

    def add(self, records: Iterable[Record]) -> None:
        """The next records, with their content. Raises `BundleRefused` where one is missing."""
        for record in records:
            if record.seq != self._next or record.seq > self._scope.last:
                raise BundleRefused(f"entry {self._next} is not there; verify the ledger, then restore it")
            if self._begun is None or record.seq % BLOCK == 0:
                self._end_segment()
                self._begun = (record.seq, self._entries_end, self._signatures_end)
                self._archive.begin(_contents_name(record.seq))
            self._entries_end += _frame(self._entries, record.body)
            self._signatures_end += _frame(self._signatures, record.signature or b"")
            self._add_content(record)
            self._next += 1

    def add_checkpoint(self, note: bytes) -> None:
        """The next signed note, in order of size; `chosen` says which."""
        self._notes.write(note if self._noted == 0 else b"\n" + note)
        self._noted += 1

    def finish(self, closing: Closing) -> Written:
        """Write all the rest. Raises `BundleRefused` where entries are missing."""
        scope, archive = self._scope, self._archive
        if self._next != scope.last + 1:
            raise BundleRefused(f"entry {self._next} is not there; verify the ledger, then restore it")
        self._end_segment()
        archive.copy("entries.bin", self._entries)
        archive.copy("signatures.bin", self._signatures)
        archive.copy("checkpoints.txt", self._notes)
        events = [*self._events, *(outside.record for outside in closing.outside if outside.record.kind in _KEYS)]
        archive.add("keys.json", _json(keys_of(sorted(events, key=lambda record: record.seq))))
        archive.add("proofs.json", _json(_proofs(scope, closing)))
        archive.add("rulesets.json", _json(list(self._rulesets.values())))
        if closing.cosigned is not None:
            archive.add("witnesses/keys.txt", "".join(f"{key.text()}\n" for key in closing.cosigned.keys).encode())
            archive.add("witnesses/notes.txt", b"\n".join(closing.cosigned.notes))
        if closing.stamps:
            self._add_stamps(closing.stamps)
        for name, page in self._pages.items():
            archive.add(name, page)
        archive.end()
        manifest = forms.Manifest(
            company_id=str(scope.company_id),
            created_us=scope.created_us,
            origin=scope.origin,
            first=scope.first,
            last=scope.last,
            checkpoint=forms.Size(closing.size, closing.root.hex()),
            segments=self._segments,
            members=dict(sorted(archive.members.items())),
        )
        archive.add("manifest.json", _json(manifest))
        archive.finish()
        return Written(
            first=scope.first,
            last=scope.last,
            size=closing.size,
            root=closing.root.hex(),
            documents=self._documents,
            erased=self._erased,
        )

    def _add_content(self, record: Record) -> None:
        write = self._archive.write
        if record.erased:
            write(ERASED + ERASED)
            self._erased += 1
            self.erased.add((record.series, record.number))
            return
        for part in (record.canonical, record.attached):
            write(NOTHING if part is None else len(part).to_bytes(4, "big") + part)
        if record.kind in _KEYS:
            self._events.append(record)
        if record.kind in DOCUMENTS and record.canonical is not None:
            self._documents += 1
            self._note_ruleset(record.seq, record.canonical)

    def _note_ruleset(self, seq: int, canonical: bytes) -> None:
        try:
            made = envelope.unwrap(canonical)
        except NotCanonical:
            return  # a damaged envelope is carried as it is, for verifiers to find
        named = (made.generator, made.ruleset, made.ruleset_digest)
        known = self._rulesets.get(named)
        if known is None:
            known = self._rulesets[named] = forms.Ruleset(
                count=0, first_seq=seq, generator=named[0], ruleset=named[1], ruleset_digest=named[2]
            )
        known.count += 1

    def _end_segment(self) -> None:
        if self._begun is not None:
            first, entries, signatures = self._begun
            self._segments.append(
                forms.Segment(
                    first,
                    self._next - first,
                    (entries, self._entries_end - entries),
                    (signatures, self._signatures_end - signatures),
                    _contents_name(first),
                )
            )
            self._begun = None

    def _add_stamps(self, stamps: Sequence[Stamped]) -> None:
        lines = [
            forms.Stamp(
                size=stamp.size,
                index=stamp.index,
                tree_size=stamp.tree_size,
                path=_hex(stamp.path),
                root=stamp.root.hex(),
                token=f"timestamps/{number:05d}.tsr",
            )
            for number, stamp in enumerate(stamps)
        ]
        self._archive.add("timestamps/stamps.json", _json(lines))
        for line, stamp in zip(lines, stamps, strict=True):
            self._archive.add(line.token, stamp.token)


def bundled_pages() -> dict[str, bytes]:
    """SPEC.md and the verifiers, as they go into every bundle."""
    folder = Path(verifier.__file__).parent
    found = {"SPEC.md": (Path(__file__).parent / "SPEC.md").read_bytes()}
    for name in ("verify.py", "verify.html"):
        if (folder / name).exists():
            found[name] = (folder / name).read_bytes()
    return found


def keys_of(events: Iterable[Record]) -> list[forms.Key]:
    """keys.json: what the entries about keys say, in order of seq. Events that can't be read are left out."""
    keys: dict[str, forms.Key] = {}
    for record in events:
        try:
            if record.kind == Kind.KEY_ADDED:
                added = read_added(record.canonical or b"")
                keys[added.key_id] = forms.Key(
                    added_seq=record.seq,
                    algorithm=added.algorithm,
                    certificates=list(added.certificates),
                    key_id=added.key_id,
                    purpose=added.purpose,
                    spki=added.spki,
                    version=added.version,
                )
            else:
                retired = read_retired(record.canonical or b"")
                if retired.key_id in keys:
                    keys[retired.key_id].retired_seq = record.seq
        except NotCanonical:
            continue  # carried as it is; verifiers find it
    return list(keys.values())


def _proofs(scope: Scope, closing: Closing) -> forms.Proofs:
    return forms.Proofs(
        left_peaks=_hex(scope.left_peaks),
        consistency=forms.Consistency(scope.last + 1, closing.size, _hex(closing.path)),
        outside=[
            forms.OutsideEntry(
                seq=outside.record.seq,
                body=outside.record.body,
                signature=outside.record.signature,
                canonical=bytes(outside.record.canonical or b""),
                attached=None if outside.record.attached is None else bytes(outside.record.attached),
                path=_hex(outside.path),
            )
            for outside in closing.outside
        ],
    )


def _contents_name(seq: int) -> str:
    return f"contents/{seq // BLOCK:05d}.bin"


def _frame(file: IO[bytes], raw: bytes) -> int:
    file.write(len(raw).to_bytes(4, "big") + raw)
    return 4 + len(raw)


def _hex(hashes: Iterable[bytes]) -> list[str]:
    return [value.hex() for value in hashes]


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"

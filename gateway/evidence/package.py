"""Write an evidence package, form `einv-evidence/1`: a ZIP of stored members; the same state gives the same bytes.

One entry, one answer of a provider and one envelope are in memory at a time, whatever there is of them.

    document.xml           the sealed XML, or the XML as it came
    envelopes/             as it came; or written anew from the sealed bytes, where we sent it
    answers/<sha256>       what providers said, byte for byte
    attempts.json          every call and every report, with times
    timeline.json          what happened, as people see it
    ledger/<seq>.*         the entries about it, and those about keys: hashed bytes, content, seal, way to the root
    ledger/checkpoint.txt  the signed root that they lead to
    keys/<key id>.pem      the public keys
    manifest.json, SHA256SUMS, README.txt, README.ar.txt, verify_evidence.py, verify.py
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from gateway import events
from gateway.access import windowed
from gateway.access.call import Call
from gateway.evidence import queries
from gateway.evidence.queries import Subject, Way
from gateway.outbound.routing import route
from gateway.responses import queries as responses
from gateway.responses.sending import message_of
from gateway.storage import ObjectMissing
from ledger import store, verifier
from ledger.bundle.archive import Archive
from ledger.entry import DOCUMENTS, Kind
from ledger.key_events import read_added
from ledger.record import Checkpoint, Record
from ledger.store import export, tree
from peppol import sbdh

FORM: Final = "einv-evidence/1"
UNPROVEN: Final = ("README.txt", "README.ar.txt", "attempts.json", "timeline.json", "verify.py", "verify_evidence.py")
"""Members that the ledger knows nothing of."""
_HERE: Final = Path(__file__).parent
_GONE: Final = "the storage holds no such object any more"


class Writer:
    """Writes one package. Every method may raise what the database, the storage and the key store raise."""

    def __init__(self, call: Call, subject: Subject, file: IO[bytes]) -> None:
        """`file`: empty and seekable; it stays open."""
        self._call, self._subject = call, subject
        self._archive = Archive(file)
        self._named: dict[str, str] = {}
        """Digests that entries name -> the folder in which their bytes belong."""
        self._here = set[str]()
        """Digests of what is in the package already."""
        self._absent: dict[str, str] = {}
        self._document: Record | None = None

    async def write(self) -> None:
        """All of it. Raises `Forbidden` where something was recorded on days that the caller doesn't see."""
        call, subject = self._call, self._subject
        found = await self._found()
        checkpoint = await queries.checkpoint(call.db, call.company_id, found[-1])
        for seq in found:
            record = await store.record(call.db, call.company_id, seq, keys=call.wiring.keys)
            await self._entry(record, checkpoint)
        await self._keys(checkpoint)
        # Behind the entries: whatever is erased meanwhile is emptied here as well.
        ways = self._seen(await queries.ways(call.db, call.company_id, subject.id))
        if self._document is not None and not self._document.erased:
            for way in ways:
                await self._envelope(way)
            for way in ways:
                for digest in (way.answer_sha256, *(one.answer_sha256 for one in way.attempts)):
                    self._name("answers", digest)
                for report in way.reports:
                    self._name("answers", report.report_sha256)
        await self._objects()
        await self._told(ways)
        self._manifest(checkpoint)
        await asyncio.to_thread(self._archive.finish)

    def discard(self) -> None:
        """Let go of the file."""
        self._archive.discard()

    async def _found(self) -> list[int]:
        call, found = self._call, list[int]()
        async for record in queries.records(call.db, call.company_id, self._subject, keys=call.wiring.keys):
            if not windowed.holds(call, record):
                raise windowed.outside(call, f"Entry {record.seq}, which belongs to it, was")
            found.append(record.seq)
        return found

    def _seen(self, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        """What of them happened on days that the caller sees: calls and weaker words are in no entry."""
        call = self._call
        return tuple(
            msgspec.structs.replace(
                way,
                attempts=tuple(one for one in way.attempts if windowed.sees(call, one.begun_at)),
                reports=tuple(one for one in way.reports if windowed.sees(call, one.recorded_at)),
            )
            for way in ways
            if windowed.sees(call, way.begun_at)
        )

    async def _entry(self, record: Record, checkpoint: Checkpoint) -> None:
        await self._place(record, checkpoint)
        if record.kind in DOCUMENTS:
            self._document = record
        if record.erased:
            return
        await self._add(f"ledger/{record.seq:012d}.canonical.json", record.canonical or b"")
        if record.attached is not None:
            own = record.kind in DOCUMENTS
            await self._add("document.xml" if own else f"ledger/{record.seq:012d}.attached", record.attached)
        if record.kind not in DOCUMENTS:
            self._name_all(msgspec.json.decode(record.canonical or b"{}"))

    async def _place(self, record: Record, checkpoint: Checkpoint) -> None:
        """The hashed bytes, the seal, and the way from the leaf to the root."""
        call, begin = self._call, f"ledger/{record.seq:012d}"
        path = await tree.inclusion(call.db, call.company_id, record.seq, checkpoint.size)
        await self._add(f"{begin}.entry", record.body)
        if record.signature:
            await self._add(f"{begin}.signature", record.signature)
        await self._add(f"{begin}.path.txt", "".join(f"{step.hex()}\n" for step in path).encode())

    async def _keys(self, checkpoint: Checkpoint) -> None:
        call = self._call
        # No range: every entry about keys that the checkpoint counts.
        about_keys = await export.outside(
            call.db, call.company_id, 1, 0, size=checkpoint.size, erased=(), keys=call.wiring.keys
        )
        for record in about_keys:
            await self._place(record, checkpoint)
            await self._add(f"ledger/{record.seq:012d}.canonical.json", record.canonical or b"")
            if record.attached is not None:
                await self._add(f"ledger/{record.seq:012d}.attached", record.attached)
            if record.kind == Kind.KEY_ADDED:
                added = read_added(record.canonical or b"")
                await self._add(f"keys/{added.key_id}.pem", _pem(added.spki_bytes()))
        await self._add("ledger/checkpoint.txt", checkpoint.note)

    async def _envelope(self, way: Way) -> None:
        """Ours as we handed it over: the same bytes again, because everything in it stands in what was sealed."""
        call = self._call
        if way.response_id is not None:
            row = await responses.one(call.db, call.company_id, self._subject.id, way.response_id)
            message = message_of(row, instance_id=str(way.id), created_at=way.begun_at)
        elif self._document is not None and self._document.attached is not None:
            xml = self._document.attached
            message = await asyncio.to_thread(route, xml, instance_id=str(way.id), created_at=way.begun_at)
        else:
            return
        await self._add(f"envelopes/{way.id}.xml", await asyncio.to_thread(sbdh.write, message))

    async def _objects(self) -> None:
        """What entries and attempts name, out of the storage."""
        for digest, folder in sorted(self._named.items()):
            if digest in self._here:
                continue
            pieces = self._call.wiring.storage.stream(digest)
            try:
                first = await anext(pieces, b"")
            except ObjectMissing:
                self._absent[digest] = _GONE
                continue
            self._archive.begin(f"{folder}/{digest}" + (".xml" if folder == "envelopes" else ""))
            self._archive.write(first)
            async for piece in pieces:
                self._archive.write(piece)

    async def _told(self, ways: tuple[Way, ...]) -> None:
        call = self._call
        everything = await events.timeline(call.db, call.company_id, self._subject.id)
        happened = [event for event in everything if windowed.sees(call, event.at)]
        await self._add("attempts.json", _json(ways))
        await self._add("timeline.json", _json(happened))
        for name in ("README.txt", "README.ar.txt"):
            await self._add(name, (_HERE / name).read_bytes())
        for name in ("verify.py", "verify_evidence.py"):
            await self._add(name, (Path(verifier.__file__).parent / name).read_bytes())

    def _manifest(self, checkpoint: Checkpoint) -> None:
        subject, archive = self._subject, self._archive
        archive.end()
        value = {
            "format": FORM,
            "company_id": str(self._call.company_id),
            "origin": checkpoint.note.decode().partition("\n")[0],
            "document_id": str(subject.id),
            "document_seq": self._document.seq if self._document else 0,
            "direction": subject.direction,
            "checkpoint": {"size": checkpoint.size, "root": checkpoint.root.hex()},
            "absent": self._absent,
            "unproven": sorted(UNPROVEN),
            "members": {name: {"bytes": one.bytes, "sha256": one.sha256} for name, one in archive.members.items()},
        }
        archive.add("manifest.json", json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")
        archive.end()
        lines = (f"{one.sha256}  {name}\n" for name, one in sorted(archive.members.items()))
        archive.add("SHA256SUMS", "".join(lines).encode())

    async def _add(self, name: str, whole: bytes) -> None:
        await asyncio.to_thread(self._archive.add, name, whole)
        self._archive.end()
        self._here.add(self._archive.members[name].sha256)

    def _name(self, folder: str, digest: str | None) -> None:
        if digest:
            self._named.setdefault(digest, folder)

    def _name_all(self, value: Any) -> None:
        """Every digest in an entry's content: members whose name ends in `_sha256`, at any depth."""
        if isinstance(value, dict):
            for name, one in value.items():
                if name.endswith("_sha256") and isinstance(one, str):
                    self._name("envelopes" if name == "envelope_sha256" else "answers", one)
                self._name_all(one)
        elif isinstance(value, list):
            for one in value:
                self._name_all(one)


def _pem(spki: bytes) -> bytes:
    return load_der_public_key(spki).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"

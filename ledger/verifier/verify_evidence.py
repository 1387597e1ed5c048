#!/usr/bin/env python3
"""Verify an evidence package of the form "einv-evidence/1", offline, trusting nobody.

    python verify_evidence.py PACKAGE.zip [--trust SHA256] [--json]

Python 3.11 or later, the package `cryptography`, and `verify.py` beside this file; both lie in every package, but take
them from a place you trust. Sections are those of SPEC.md, the description of audit bundles: entries, seals, keys,
checkpoints and proofs are the same here. Exit code: 0 all holds, 1 something fails, 2 the package can't be used.

What is checked, in this order:

1. The container: stored members, no name twice, and `SHA256SUMS` has the digest of every other member.
2. `manifest.json` describes exactly these members.
3. Each entry is one of this company, its content is what it names, and it stands at its place in the tree (9).
4. Keys come and go by entries alone (8), and each seal is by the key in force (5).
5. The checkpoint is signed by the ledger's keys in force at its size (9).
6. Each file is what an entry names by its digest, or the manifest says that the ledger knows nothing of it.
7. Nothing that an entry names is left out unless the manifest says so; that is told, not passed over.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import verify as bundle  # type: ignore[import-not-found]  # it lies beside this file, here and in every package
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

FORM = "einv-evidence/1"
UNPROVEN = ("README.txt", "README.ar.txt", "attempts.json", "timeline.json", "verify.py", "verify_evidence.py")
"""Members that the ledger knows nothing of; their digests in SHA256SUMS are the company's word."""
_ENVELOPE = re.compile(r"envelopes/[0-9a-f-]{36,64}\.xml\Z")
_ANSWER = re.compile(r"answers/([0-9a-f]{64})\Z")
_KEY = re.compile(r"keys/([0-9a-f]{16})\.pem\Z")
_ENTRY = re.compile(r"ledger/([0-9]{12})\.(entry|canonical\.json|attached|signature|path\.txt)\Z")
_SUM = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KINDS = {
    1: "invoice issued", 2: "credit note issued", 3: "document received", 4: "approval", 5: "rejection", 6: "void",
    7: "handed to the network", 8: "what became of it", 11: "key added", 12: "key retired", 19: "acknowledgement",
    20: "content erased", 24: "answer to a document",
}  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """One entry with what lies beside it."""

    seq: int
    kind: int
    at: datetime
    series: str
    number: str
    invoice_hash: bytes
    xml_hash: bytes
    key_id: bytes
    signature_hash: bytes
    entry_hash: bytes


@dataclass
class Manifest:
    """What the package says it holds."""

    company: UUID
    origin: str
    document: int
    """Seq of the document's own entry."""
    size: int
    root: bytes
    absent: dict[str, str]
    """Digests that entries name and that aren't here, each with the reason."""
    members: dict[str, tuple[int, str]]


@dataclass
class Outcome:
    """What came of it."""

    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    manifest: Manifest | None = None
    first_key: str = ""


class Package:
    """One package, checked."""

    def __init__(self, path: str, trust: str | None = None) -> None:
        """Raises `verify.Unusable`, OSError."""
        self.archive = bundle.Archive(path)
        self.trust = trust
        self.outcome = Outcome()
        self.names = set(self.archive.members)
        self.digests = {name: sha256(self.archive.part(name)).hexdigest() for name in self.names}

    def check(self) -> Outcome:
        """Everything, in the order above. Raises `verify.Unusable` where the manifest can't be read."""
        fail = self.outcome.failures.append
        for _, _, detail in self.archive.refused:
            fail(detail)
        self._sums()
        try:
            manifest = self.outcome.manifest = _manifest(self._read("manifest.json"))
        except bundle.Malformed as error:
            raise bundle.Unusable(str(error)) from error
        self._members(manifest)
        entries = self.outcome.entries = list(self._entries(manifest))
        self._keys(manifest, entries)
        document = next((one for one in entries if one.seq == manifest.document), None)
        if document is None or document.kind not in bundle.DOCUMENTS:
            fail(f"entry {manifest.document}, which should be the document's own, is not there or no document's")
            return self.outcome
        self._files(manifest, entries, document)
        self.outcome.notes.append(
            "compare the first document key with one that the company handed you otherwise, or name it with --trust"
        )
        self.outcome.notes.append("that no later entry about the document was left out shows only against the ledger")
        return self.outcome

    def _read(self, name: str) -> bytes:
        return bytes(self.archive.read(name, bundle.MAX_ATTACHED))

    def _sums(self) -> None:
        fail = self.outcome.failures.append
        try:
            lines = self._read("SHA256SUMS").decode("ascii").split("\n")
        except (bundle.Malformed, UnicodeDecodeError):
            fail("SHA256SUMS is not there or no plain text")
            return
        told: dict[str, str] = {}
        for line in lines[:-1]:
            found = _SUM.match(line)
            if found is None or found[2] in told:
                fail(f"SHA256SUMS: {line[:80]!r} is no digest and name, or a name is there twice")
                continue
            told[found[2]] = found[1]
        if lines[-1] != "" or list(told) != sorted(told):
            fail("SHA256SUMS isn't in order, or its last line has no end")
        for name in sorted(self.names - {"SHA256SUMS"} | told.keys()):
            if told.get(name) != self.digests.get(name):
                fail(f"{name} is not what SHA256SUMS names")

    def _members(self, manifest: Manifest) -> None:
        fail = self.outcome.failures.append
        described = {"manifest.json", "SHA256SUMS", *manifest.members}
        for name in sorted(self.names ^ described):
            fail(f"{name} is in the package or in its manifest, not in both")
        for name, (size, digest) in manifest.members.items():
            if name in self.names and (self.archive.members[name].size, self.digests[name]) != (size, digest):
                fail(f"{name} is not what the manifest describes")
        for name in sorted(self.names - {"manifest.json", "SHA256SUMS"}):
            forms = (_ENVELOPE, _ANSWER, _KEY, _ENTRY)
            known = (*UNPROVEN, "document.xml", "ledger/checkpoint.txt")
            if name not in known and not any(form.match(name) for form in forms):
                fail(f"{name} has no place in a package")

    # The ledger.

    def _entries(self, manifest: Manifest) -> Iterator[Entry]:
        seqs = sorted({int(found[1]) for name in self.names if (found := _ENTRY.match(name))})
        for seq in seqs:
            try:
                entry = _entry(self._read(f"ledger/{seq:012d}.entry"), manifest.company, seq)
                lines = self._read(f"ledger/{seq:012d}.path.txt").decode("ascii").split("\n")
                path = bundle.path_of(lines[:-1], f"the path of entry {seq}")
                if lines[-1] != "":
                    raise bundle.Malformed(f"the path of entry {seq}: its last line has no end")
            except (bundle.Malformed, UnicodeDecodeError) as error:
                self.outcome.failures.append(str(error))
                continue
            leaf = sha256(b"\x00" + entry.entry_hash).digest()
            if not bundle.included(leaf, seq, manifest.size, path, manifest.root):
                self.outcome.failures.append(f"entry {seq} is not shown to be in the checkpoint")
            signature = self._part(seq, "signature")
            if (sha256(signature).digest() if signature else bundle.ZERO) != entry.signature_hash:
                self.outcome.failures.append(f"entry {seq}: its seal is not the one that it names")
            yield entry

    def _part(self, seq: int, what: str) -> bytes:
        return self._part_of(f"ledger/{seq:012d}.{what}")

    def _attached(self, entry: Entry, document: int) -> bytes:
        return self._part_of("document.xml") if entry.seq == document else self._part(entry.seq, "attached")

    def _keys(self, manifest: Manifest, entries: Sequence[Entry]) -> None:
        found = bundle.Failures()
        windows, erased = bundle.Windows(manifest.company, found), dict[tuple[str, str], int]()
        for entry in entries:
            if entry.kind == bundle.ERASURE and entry.number:
                erased[entry.series, entry.number] = entry.seq
        for entry in entries:
            canonical, attached = self._part(entry.seq, "canonical.json"), self._attached(entry, manifest.document)
            self._content(entry, canonical, attached, erased)
            event = entry.kind in (bundle.KEY_ADDED, bundle.KEY_RETIRED)
            if event:
                windows.apply(
                    bundle.Entry(
                        entry.seq, entry.kind, entry.key_id, entry.invoice_hash, entry.xml_hash,
                        self._part(entry.seq, "signature"), canonical, attached or None,
                    )
                )  # fmt: skip
            if entry.key_id == bundle.NO_KEY:
                if entry.kind in bundle.SEALED:
                    self.outcome.failures.append(f"entry {entry.seq} has no seal")
                continue
            if not event:
                windows.check(entry.seq, entry.key_id)
            key = windows.keys.get(entry.key_id)
            message = bundle.seal_message(entry.invoice_hash, entry.xml_hash)
            signature = self._part(entry.seq, "signature")
            if key is None or not bundle.signed_by(bundle.load_key(key.spki, "RSA-PSS-SHA256"), signature, message):
                self.outcome.failures.append(f"entry {entry.seq}: the seal is not by the key that it names")
        self.outcome.failures += [f"entry {one.seq}: {one.code}: {one.detail}" for one in found.first()]
        self._checkpoint(manifest, windows)
        self._public_keys(windows)

    def _content(self, entry: Entry, canonical: bytes, attached: bytes, erased: dict[tuple[str, str], int]) -> None:
        if not canonical and not attached:
            forever = (bundle.KEY_ADDED, bundle.KEY_RETIRED, bundle.ERASURE)
            if entry.kind in forever or erased.get((entry.series, entry.number), -1) <= entry.seq:
                self.outcome.failures.append(f"the content of entry {entry.seq} is gone, and no entry says why")
            return
        hashes = (sha256(canonical).digest(), sha256(attached).digest() if attached else bundle.ZERO)
        if hashes != (entry.invoice_hash, entry.xml_hash):
            self.outcome.failures.append(f"the content of entry {entry.seq} is not what the entry names")

    def _checkpoint(self, manifest: Manifest, windows: Any) -> None:
        try:
            notes = bundle.read_notes(self._read("ledger/checkpoint.txt"), "ledger/checkpoint.txt")
            if len(notes) != 1 or (notes[0].origin, notes[0].size, notes[0].root) != (
                manifest.origin, manifest.size, manifest.root,
            ):  # fmt: skip
                raise bundle.Malformed("ledger/checkpoint.txt is not the checkpoint of the manifest")
            wrong = bundle.unsigned_by(notes[0], windows)
            if wrong is not None:
                raise bundle.Malformed(wrong)
        except bundle.Malformed as error:
            self.outcome.failures.append(str(error))

    def _public_keys(self, windows: Any) -> None:
        fail = self.outcome.failures.append
        here = {found[1]: name for name in self.names if (found := _KEY.match(name))}
        told = {key_id.hex(): key.spki for key_id, key in windows.keys.items()}
        for key_id in sorted(here.keys() | told.keys()):
            if key_id not in here or key_id not in told or _spki(self._read(here[key_id])) != told[key_id]:
                fail(f"keys/{key_id}.pem is not the key that the entries add")
        documents = [key for key in windows.keys.values() if key.purpose == "document"]
        first = min(documents, key=lambda key: int(key.added_seq), default=None)
        self.outcome.first_key = sha256(first.spki).hexdigest() if first else ""
        if self.trust is not None and self.outcome.first_key != self.trust:
            fail("the first document key is not the one that was named")

    # What lies beside the ledger.

    def _files(self, manifest: Manifest, entries: Sequence[Entry], document: Entry) -> None:
        named = self._named(entries, document)
        for name in sorted(self.names):
            found = _ANSWER.match(name)
            if found:
                self._answer(name, found[1], named)
            elif _ENVELOPE.match(name) and self.digests[name] not in named:
                self._envelope(name, document)
        here = {document.xml_hash.hex(), *self.digests.values()}
        for digest, seq in sorted(named.items(), key=lambda one: (one[1], one[0])):
            if digest in manifest.absent:
                self.outcome.notes.append(f"entry {seq} names {digest}, not here: {manifest.absent[digest]}")
            elif digest not in here:
                self.outcome.failures.append(f"entry {seq} names {digest}, which is not in the package")
        if document.kind in bundle.ISSUED and "document.xml" in self.names:
            self._facts(document)

    def _named(self, entries: Sequence[Entry], document: Entry) -> dict[str, int]:
        """The digests that entries about the document name, with the seq of the first that does."""
        named: dict[str, int] = {}
        for entry in entries:
            if entry.kind in (bundle.KEY_ADDED, bundle.KEY_RETIRED):
                continue
            if (entry.series, entry.number) != (document.series, document.number):
                self.outcome.failures.append(f"entry {entry.seq} is about another document")
            if entry.kind not in bundle.DOCUMENTS:
                for digest in _named(self._part(entry.seq, "canonical.json")):
                    named.setdefault(digest, entry.seq)
        return named

    def _answer(self, name: str, digest: str, named: dict[str, int]) -> None:
        if self.digests[name] != digest:
            self.outcome.failures.append(f"{name} is not named by its digest")
        elif digest not in named and digest not in _named(self._part_of("attempts.json")):
            self.outcome.failures.append(f"{name} is named by no entry and by no attempt")

    def _part_of(self, name: str) -> bytes:
        return self._read(name) if name in self.names else b""

    def _envelope(self, name: str, document: Entry) -> None:
        """An envelope that no entry names was written anew: it must hold one of the sealed documents, byte for byte."""
        sealed = [self._read(one) for one in self.names if one == "document.xml" or one.endswith(".attached")]
        inside = self._read(name)
        bodies = [re.sub(rb"\A(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>)?\s*", b"", one).rstrip() for one in sealed]
        if not any(body and body in inside for body in bodies):
            self.outcome.failures.append(f"{name} doesn't hold the document of entry {document.seq}")

    def _facts(self, document: Entry) -> None:
        try:
            stated, _ = bundle.read_envelope(self._part(document.seq, "canonical.json"), True)
            if bundle.facts_of_xml(self._read("document.xml")) != stated or stated[0] != document.number:
                self.outcome.failures.append("document.xml states other facts than the sealed data, or another number")
            seller, currency, total = stated[2], stated[3], stated[4]
            self.outcome.notes.insert(0, f"document {stated[0]} of {stated[1]} by {seller}: {total} {currency}")
        except (bundle.Malformed, ValueError, RecursionError) as error:
            self.outcome.failures.append(f"document.xml or its sealed data can't be read: {str(error)[:200]}")


def _manifest(raw: bytes) -> Manifest:
    """Raises `verify.Malformed`, `verify.Unusable` for another form."""
    value = bundle.strict_json(raw, "manifest.json")
    if not isinstance(value, dict) or value.get("format") != FORM:
        raise bundle.Unusable(f"no evidence package of the form {FORM!r}; for an audit bundle use verify.py")
    if json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n" != raw:
        raise bundle.Malformed("manifest.json is not written as it should be")
    _, company, origin, _, document, _, checkpoint, absent, _, members = bundle.members_of(
        value, "manifest.json", format=str, company_id=str, origin=str, document_id=str, document_seq=int,
        direction=str, checkpoint=dict, absent=dict, unproven=list, members=dict,
    )  # fmt: skip
    size, root = bundle.members_of(checkpoint, "manifest.json: checkpoint", size=int, root=str)
    found: dict[str, tuple[int, str]] = {}
    for name, described in members.items():
        length, digest = bundle.members_of(described, f"manifest.json: {name[:80]}", bytes=int, sha256=str)
        found[name] = (length, digest)
    if not all(_DIGEST.match(digest) and isinstance(why, str) for digest, why in absent.items()):
        raise bundle.Malformed("manifest.json: absent is from digests to reasons")
    if value["unproven"] != sorted({*UNPROVEN} & found.keys()):
        raise bundle.Malformed("manifest.json: unproven doesn't name what the ledger knows nothing of")
    try:
        company_id = UUID(company)
    except ValueError as error:
        raise bundle.Malformed("manifest.json: company_id is no UUID") from error
    root_bytes = bundle.from_hex(root, 32, "manifest.json: root")
    return Manifest(company_id, origin, document, size, root_bytes, absent, found)


def _entry(body: bytes, company: UUID, seq: int) -> Entry:
    what = f"entry {seq}"
    if len(body) < 188 or body[:39] != bundle.VERSION + company.bytes + seq.to_bytes(8, "big"):
        raise bundle.Malformed(f"{what}: not the bytes of this entry of this company")
    series_end = 50 + int.from_bytes(body[48:50], "big")
    number_end = series_end + 2 + int.from_bytes(body[series_end : series_end + 2], "big")
    if len(body) != number_end + 136:
        raise bundle.Malformed(f"{what}: its lengths don't add up")
    tail = body[number_end:]
    try:
        series, number = body[50:series_end].decode(), body[series_end + 2 : number_end].decode()
    except UnicodeDecodeError as error:
        raise bundle.Malformed(f"{what}: series or number is no UTF-8") from error
    at = _EPOCH + timedelta(microseconds=int.from_bytes(body[40:48], "big"))
    return Entry(
        seq, body[39], at, series, number, tail[32:64], tail[64:96], tail[96:104], tail[104:], sha256(body).digest()
    )


def _named(canonical: bytes) -> list[str]:
    """The digests that an entry names: members whose name ends in `_sha256`, at any depth."""

    def within(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, one in value.items():
                if name.endswith("_sha256") and isinstance(one, str) and _DIGEST.match(one):
                    yield one
                yield from within(one)
        elif isinstance(value, list):
            for one in value:
                yield from within(one)

    try:
        return list(within(json.loads(canonical))) if canonical else []
    except (ValueError, RecursionError):
        return []  # its hash is checked; what it isn't is told there


def _spki(pem: bytes) -> bytes:
    try:
        der: bytes = load_pem_public_key(pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return b""
    return der


def _text(outcome: Outcome, status: str) -> str:
    manifest = outcome.manifest
    lines = [status.upper()]
    if manifest is not None:
        lines[0] += f": company {manifest.company}, checkpoint of {manifest.size} entries ({manifest.origin})"
    for entry in outcome.entries:
        if entry.kind not in (bundle.KEY_ADDED, bundle.KEY_RETIRED):
            what = _KINDS.get(entry.kind, f"kind {entry.kind}")
            lines.append(f"  entry {entry.seq}, {entry.at:%Y-%m-%d %H:%M:%S} UTC: {what}")
    lines += [f"  WRONG: {failure}" for failure in outcome.failures]
    if outcome.first_key:
        lines.append(f"  first document key: SHA-256 {outcome.first_key}")
    return "\n".join([*lines, *(f"  note: {note}" for note in outcome.notes)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="verify_evidence.py", description=f"Verify an evidence package ({FORM}).")
    parser.add_argument("package", metavar="PACKAGE.zip")
    parser.add_argument("--trust", metavar="SHA256", help="SHA-256 of the first document key, as the company told it")
    parser.add_argument("--json", action="store_true", help="tell the result as JSON")
    given = parser.parse_args(arguments)
    try:
        outcome = Package(given.package, given.trust).check()
        status = "failed" if outcome.failures else "ok"
    except (bundle.Unusable, OSError) as error:
        outcome, status = Outcome(failures=[str(error)]), "unusable"
    told: dict[str, Any] = {"status": status, "failures": outcome.failures, "notes": outcome.notes}
    told |= {"entries": [entry.seq for entry in outcome.entries], "first_key": outcome.first_key}
    text = json.dumps(told, indent=2, ensure_ascii=False) if given.json else _text(outcome, status)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    return {"ok": 0, "failed": 1}.get(status, 2)


if __name__ == "__main__":
    sys.exit(main())

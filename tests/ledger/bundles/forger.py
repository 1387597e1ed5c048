"""Someone who alters a bundle: takes it apart, changes anything, makes fit again all that fits without the keys."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from certs import LocalSigner
from ledger.entry import ZERO_HASH, Entry, decode, encode, genesis
from ledger.signing import content_hashes, message

BLOCK = 1_024
MARKS = {None: b"\xff\xff\xff\xff", "erased": b"\xff\xff\xff\xfe"}
Content = bytes | str | None
"""Bytes, None for nothing, "erased"."""


def _frames(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        found.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _contents(raw: bytes) -> list[list[Content]]:
    parts: list[Content] = []
    at = 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        at += 4
        if size >= 0xFFFFFFFE:
            parts.append(None if size == 0xFFFFFFFF else "erased")
            continue
        parts.append(raw[at : at + size])
        at += size
    return [parts[index : index + 2] for index in range(0, len(parts), 2)]


def framed(raw: bytes) -> bytes:
    """Behind its length."""
    return len(raw).to_bytes(4, "big") + raw


class Forger:
    """A bundle in pieces."""

    def __init__(self, good: bytes) -> None:
        with zipfile.ZipFile(BytesIO(good)) as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}
        self.manifest: dict[str, Any] = json.loads(self.members.pop("manifest.json"))
        self.first: int = self.manifest["first"]
        self.entries: list[bytes] = _frames(self.members.pop("entries.bin"))
        self.signatures: list[bytes] = _frames(self.members.pop("signatures.bin"))
        self.contents: list[list[Content]] = []
        for segment in self.manifest["segments"]:
            self.contents += _contents(self.members.pop(segment["contents"]))
        self.late: list[Callable[[dict[str, bytes]], None]] = []
        """Applied to the members when they are made, before the manifest is."""
        self.blind: list[Callable[[dict[str, bytes]], None]] = []
        """Applied after the manifest was made: its digests don't know."""

    def entry(self, seq: int) -> Entry:
        """Decoded."""
        return decode(self.entries[seq - self.first])

    def change(self, seq: int, **fields: object) -> None:
        """Other fields in an entry; nothing else follows."""
        self.entries[seq - self.first] = encode(msgspec.structs.replace(self.entry(seq), **fields))

    def rehash(self, seq: int, signer: LocalSigner | None = None) -> None:
        """The entry names the content as it is now; sealed anew, if there is a key."""
        index = seq - self.first
        canonical, attached = self.contents[index]
        assert isinstance(canonical, bytes)
        assert not isinstance(attached, str)
        hashes = content_hashes(canonical, attached)
        self.change(seq, invoice_hash=hashes[0], xml_hash=hashes[1])
        if signer is not None:
            self.seal(seq, signer.sign(message(*hashes)), signer.key_id)

    def seal(self, seq: int, signature: bytes, key_id: bytes | None = None) -> None:
        """Another signature, its digest in the entry."""
        self.signatures[seq - self.first] = signature
        digest = sha256(signature).digest() if signature else ZERO_HASH
        fields = {"signature_hash": digest} | ({} if key_id is None else {"key_id": key_id})
        self.change(seq, **fields)

    def relink(self, start: int) -> None:
        """Number and link everything from an entry on anew."""
        for index in range(start - self.first, len(self.entries)):
            entry = decode(self.entries[index])
            previous = (
                sha256(self.entries[index - 1]).digest()
                if index
                else genesis(entry.company_id, self.manifest["created_us"])
                if self.first == 0
                else entry.previous
            )
            self.entries[index] = encode(msgspec.structs.replace(entry, seq=self.first + index, previous=previous))

    def take(self, seq: int) -> tuple[bytes, bytes, list[Content]]:
        """Take an entry out, with all that belongs to it."""
        index = seq - self.first
        return self.entries.pop(index), self.signatures.pop(index), self.contents.pop(index)

    def put(self, seq: int, taken: tuple[bytes, bytes, list[Content]]) -> None:
        """Put one in."""
        for pieces, piece in zip((self.entries, self.signatures, self.contents), taken, strict=True):
            pieces.insert(seq - self.first, piece)  # type: ignore[attr-defined]

    def json(self, name: str) -> Any:
        """A JSON member, decoded."""
        return json.loads(self.members[name])

    def set_json(self, name: str, value: object) -> None:
        """Write it back."""
        self.members[name] = json.dumps(value).encode()

    def notes(self) -> list[str]:
        """The checkpoints, one by one."""
        found = [""]
        lines = self.members["checkpoints.txt"].decode().splitlines(keepends=True)
        for number, line in enumerate(lines):
            if line == "\n" and lines[number - 1].startswith("\u2014"):
                found.append("")
            else:
                found[-1] += line
        return found

    def set_notes(self, notes: list[str]) -> None:
        """Write them back."""
        self.members["checkpoints.txt"] = "\n".join(notes).encode()

    def save(self, path: Path) -> None:
        """Write it, with a manifest that fits."""
        members, segments = dict(self.members), []
        entries, signatures = b"", b""
        for start in range(self.first, self.first + len(self.entries)):
            if start != self.first and start % BLOCK:
                continue
            end = min(self.first + len(self.entries), (start // BLOCK + 1) * BLOCK)
            part = slice(start - self.first, end - self.first)
            more = [b"".join(map(framed, pieces[part])) for pieces in (self.entries, self.signatures)]
            name = f"contents/{start // BLOCK:05d}.bin"
            members[name] = b"".join(
                MARKS[piece] if not isinstance(piece, bytes) else framed(piece)  # type: ignore[index]
                for content in self.contents[part]
                for piece in content
            )
            segments.append(
                {"first": start, "count": end - start, "entries": [len(entries), len(more[0])],
                 "signatures": [len(signatures), len(more[1])], "contents": name}
            )  # fmt: skip
            entries, signatures = entries + more[0], signatures + more[1]
        members |= {"entries.bin": entries, "signatures.bin": signatures}
        for change in self.late:
            change(members)
        lengths = {"entries": len(members["entries.bin"]), "signatures": len(members["signatures.bin"])}
        for name, length in lengths.items():
            segments[-1][name] = [segments[-1][name][0], length - segments[-1][name][0]]  # type: ignore[index, operator]
        manifest = self.manifest | {
            "last": self.first + len(self.entries) - 1,
            "segments": segments,
            "members": {name: {"bytes": len(raw), "sha256": sha256(raw).hexdigest()} for name, raw in members.items()},
        }
        for change in self.blind:
            change(members)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, raw in (members | {"manifest.json": json.dumps(manifest).encode()}).items():
                archive.writestr(zipfile.ZipInfo(name), raw)

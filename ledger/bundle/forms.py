"""The JSON members of a bundle, as SPEC.md has them. Hashes are lower-case hex, other bytes base64."""

from __future__ import annotations

import msgspec

FORMAT = "einv-bundle/1"


class Size(msgspec.Struct, frozen=True):
    """A checkpoint in the manifest."""

    size: int
    root: str


class Segment(msgspec.Struct, frozen=True):
    """Entries of one block."""

    first: int
    count: int
    entries: tuple[int, int]
    """Offset and length in entries.bin; likewise `signatures`."""
    signatures: tuple[int, int]
    contents: str


class Member(msgspec.Struct, frozen=True):
    """A member of the ZIP file."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """manifest.json, section 3."""

    format: str = FORMAT
    company_id: str
    created_us: int
    origin: str
    first: int
    last: int
    checkpoint: Size
    segments: list[Segment]
    members: dict[str, Member]


class Key(msgspec.Struct, kw_only=True):
    """A line of keys.json, section 8."""

    added_seq: int
    algorithm: str
    certificates: list[str]
    key_id: str
    purpose: str
    retired_seq: int | None = None
    spki: str
    version: int


class Consistency(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """From the range's end to the newest checkpoint."""

    start: int
    end: int
    path: list[str]


class OutsideEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry from before or behind the range."""

    seq: int
    body: bytes
    signature: bytes | None
    canonical: bytes
    attached: bytes | None
    path: list[str]


class Proofs(msgspec.Struct, frozen=True, kw_only=True):
    """proofs.json, section 10."""

    left_peaks: list[str]
    consistency: Consistency
    outside: list[OutsideEntry]


class Ruleset(msgspec.Struct, kw_only=True):
    """A line of rulesets.json, section 11."""

    count: int
    first_seq: int
    generator: str
    ruleset: str
    ruleset_digest: str


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """A line of stamps.json, section 13."""

    size: int
    index: int
    tree_size: int
    path: list[str]
    root: str
    token: str

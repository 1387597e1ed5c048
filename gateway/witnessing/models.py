"""What the API answers about witnesses and time stamps. Hashes are lower-case hex, times are UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from gateway.witnessing.outcomes import Outcome, Standing


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one checkpoint that was given to one witness."""

    id: UUID
    witness: str
    """The name of its key, or the address that copies go to."""
    outcome: Outcome
    standing: Standing
    """`good`; `trouble`: somebody has to set something right; `alarm`: it and this ledger contradict each other."""
    size: int
    """Entries under the checkpoint that was given."""
    told: int | None
    """Entries that the witness says it saw last, where it says so."""
    at: datetime
    note: str | None
    """The checkpoint as the witness has it, a cosignature included: keep it, a later ledger must agree with it."""
    detail: str


class AnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """Answers, newest first."""

    answers: list[AnswerView]
    next: UUID | None
    """Ask for `before=<next>` to go on; null at the end."""


class WitnessView(msgspec.Struct, frozen=True, kw_only=True):
    """One witness and how things stand with it."""

    name: str
    kind: Literal["http", "mail", "folder", "bucket"] | None
    """Null for one that is no longer in the settings."""
    key: str | None
    """`name+id+base64`, of a witness that cosigns."""
    standing: Standing | None
    """Of its latest answer; null before the first."""
    size: int
    """Entries that it vouches for; 0 for none."""
    behind: int
    """Entries that came since."""
    latest: AnswerView | None


class WitnessList(msgspec.Struct, frozen=True, kw_only=True):
    """Who outside keeps an eye on this ledger."""

    origin: str
    """What the ledger is called in its checkpoints."""
    keys: list[str]
    """The ledger's Ed25519 keys, `name+id+base64`, newest first: what a witness needs to know of it."""
    size: int
    """Entries under the newest checkpoint."""
    witnesses: list[WitnessView]


class StampView(msgspec.Struct, frozen=True, kw_only=True):
    """One time stamp; `ledger/timestamp.py` says how its parts are checked."""

    id: UUID
    size: int
    """Entries under the checkpoint that is dated."""
    at: datetime
    """The authority's time: all these entries existed then."""
    authority: str
    note: str
    """The checkpoint."""
    leaf: int
    """Its place in the tree that was dated."""
    leaves: int
    root: str
    path: list[str]
    """Inclusion proof from the leaf up."""
    token: bytes
    """The authority's answer (RFC 3161, TimeStampResp in DER)."""


class StampPage(msgspec.Struct, frozen=True, kw_only=True):
    """Time stamps, newest first."""

    timestamps: list[StampView]
    next: UUID | None
    """Ask for `before=<next>` to go on; null at the end."""

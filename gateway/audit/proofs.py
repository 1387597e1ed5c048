"""Checkpoints and proofs over HTTP: hashes and signatures only, so that every auditor may have all of them.

With the answers alone, and SHA-256, an auditor finds that an entry stands in a signed tree, and that a signed tree grew
out of one that was kept (RFC 9162, sections 2.1.3 and 2.1.4).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.params import Parameter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission
from gateway.access.window import HASHES
from gateway.http.problems import Invalid, NotFound
from ledger import store
from ledger.record import Checkpoint
from ledger.store import tree

_MAX_SEQ = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "company_id, size, root, note, at_us"
_ONE = text(f"select {_COLUMNS} from ledger_checkpoints where company_id = :company_id and size = :size")
_PAGE = text(
    f"select {_COLUMNS} from ledger_checkpoints where company_id = :company_id and size < :before "
    "order by size desc limit :most"
)
_NEAREST = text(
    "select (select max(size) from ledger_checkpoints where company_id = :company_id and size < :size) as below, "
    "(select min(size) from ledger_checkpoints where company_id = :company_id and size > :size) as above"
)

Size = Annotated[int, Parameter(ge=0, le=_MAX_SEQ, description="So many entries: a checkpoint's size.")]
Before = Annotated[
    int | None, Parameter(ge=1, le=_MAX_SEQ, description="Go on below this size; a page's `next`.", required=False)
]
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many at most.")]


class CheckpointView(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement of how many entries there were, and the root of the tree over them."""

    size: int
    root: str
    """Hex."""
    at: datetime
    """When it was signed, by our clock; the note doesn't say."""
    note: str
    """The C2SP signed note: three lines, an empty one, an Ed25519 and an RSA-PSS line."""

    @classmethod
    def of(cls, found: Checkpoint) -> CheckpointView:
        """As answered."""
        return cls(
            size=found.size,
            root=found.root.hex(),
            at=_EPOCH + timedelta(microseconds=found.at_us),
            note=found.note.decode(),
        )


class CheckpointPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some checkpoints, newest first."""

    checkpoints: list[CheckpointView]
    next: int | None
    """Ask for `before=<next>` to go on; null at the end."""


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That an entry stands at its place in a signed tree (RFC 9162, section 2.1.3)."""

    seq: int
    """The leaf's index."""
    entry_hash: str
    """SHA-256 of the entry; the leaf is SHA-256(0x00 | these 32 bytes)."""
    path: list[str]
    """From the leaf up, hex."""
    checkpoint: CheckpointView


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """That one signed tree grew out of another (RFC 9162, section 2.1.4)."""

    path: list[str]
    """Hex; empty where both are the same."""
    old: CheckpointView
    new: CheckpointView


class Proofs(Controller):
    """Checkpoints, and proofs that lead to them."""

    path = "/v1/ledger"
    tags = ("Ledger",)
    opt = HASHES

    @get("/checkpoints", guards=[requires(Permission.LEDGER_READ)], summary="Signed checkpoints, newest first")
    async def get_checkpoints(self, call: Call, before: Before = None, limit: Limit = 50) -> CheckpointPage:
        """Each append of entries has one. Keep the newest: a later ledger must have grown out of it."""
        given = {"company_id": call.company_id, "before": _MAX_SEQ if before is None else before, "most": limit + 1}
        found = [Checkpoint(**row._mapping) for row in await call.db.execute(_PAGE, given)]
        following = found[limit - 1].size if len(found) > limit else None
        return CheckpointPage(checkpoints=[CheckpointView.of(one) for one in found[:limit]], next=following)

    @get("/checkpoints/{size:int}", guards=[requires(Permission.LEDGER_READ)], summary="One checkpoint")
    async def get_checkpoint(self, call: Call, size: Size) -> CheckpointView:
        """The checkpoint over the first `size` entries."""
        return CheckpointView.of(await _named(call, size))

    @get(
        "/checkpoints/{size:int}/note",
        guards=[requires(Permission.LEDGER_READ)],
        media_type="text/plain",
        summary="One checkpoint, byte for byte",
    )
    async def get_note(self, call: Call, size: Size) -> Response[bytes]:
        """The signed note as witnesses and verifiers read it: to be kept, and brought to the next verification."""
        return Response((await _named(call, size)).note, media_type="text/plain; charset=utf-8")

    @get("/entries/{seq:int}/proof", guards=[requires(Permission.LEDGER_READ)], summary="Prove an entry's place")
    async def get_inclusion(
        self,
        call: Call,
        seq: Annotated[int, Parameter(ge=0, le=_MAX_SEQ, description="Place in the chain, from 0.")],
        size: Annotated[
            int | None, Parameter(ge=0, le=_MAX_SEQ, description="A checkpoint's size; left out: the newest one.")
        ] = None,
    ) -> InclusionProof:
        """The path from the entry's hash to the root of a checkpoint that counts it."""
        checkpoint = await _newest(call) if size is None else await _asked(call, size, "size")
        if seq >= checkpoint.size:
            if size is None:
                raise NotFound(f"There is no entry {seq}; the newest checkpoint counts 0 to {checkpoint.size - 1}.")
            raise Invalid(
                f"The checkpoint of size {size} counts the entries 0 to {size - 1}; for entry {seq} take a larger one, "
                "or leave `size` out."
            )
        (record,) = await store.batch(call.db, call.company_id, seq, seq, contents=False)
        path = await tree.inclusion(call.db, call.company_id, seq, checkpoint.size)
        return InclusionProof(
            seq=seq,
            entry_hash=record.entry_hash.hex(),
            path=[step.hex() for step in path],
            checkpoint=CheckpointView.of(checkpoint),
        )

    @get("/consistency", guards=[requires(Permission.LEDGER_READ)], summary="Prove that nothing was changed since")
    async def get_consistency(
        self,
        call: Call,
        old: Annotated[
            int, Parameter(query="from", ge=0, le=_MAX_SEQ, description="The size of the older checkpoint.")
        ],
        new: Annotated[
            int | None,
            Parameter(query="to", ge=0, le=_MAX_SEQ, description="The newer one's size; left out: the newest."),
        ] = None,
    ) -> ConsistencyProof:
        """The path from the root of a checkpoint that was kept to that of a newer one."""
        newest = await _newest(call)
        if old > newest.size:
            raise Invalid(
                f"There is no checkpoint of {old} entries yet; the newest counts {newest.size}. If you hold one that "
                "this ledger's keys signed, entries were cut off: keep it, and ask the company."
            )
        if new is not None and new < old:
            raise Invalid(f"`from` is the older one: {old} lies behind {new}; ask for from={new}&to={old}.")
        before = await _asked(call, old, "from")
        after = newest if new is None else await _asked(call, new, "to")
        path = await tree.consistency(call.db, call.company_id, before.size, after.size)
        return ConsistencyProof(
            path=[step.hex() for step in path], old=CheckpointView.of(before), new=CheckpointView.of(after)
        )


async def _find(db: AsyncConnection, call: Call, size: int) -> Checkpoint | None:
    row = (await db.execute(_ONE, {"company_id": call.company_id, "size": size})).one_or_none()
    return None if row is None else Checkpoint(**row._mapping)


async def _newest(call: Call) -> Checkpoint:
    given = {"company_id": call.company_id, "before": _MAX_SEQ, "most": 1}
    row = (await call.db.execute(_PAGE, given)).one_or_none()
    if row is None:
        raise NotFound("This company has no ledger yet; it is opened when the company is approved.")
    return Checkpoint(**row._mapping)


async def _named(call: Call, size: int) -> Checkpoint:
    found = await _find(call.db, call, size)
    if found is None:
        raise NotFound(await _none(call, size))
    return found


async def _asked(call: Call, size: int, name: str) -> Checkpoint:
    found = await _find(call.db, call, size)
    if found is None:
        raise Invalid(f"`{name}`: {await _none(call, size)}")
    return found


async def _none(call: Call, size: int) -> str:
    near = (await call.db.execute(_NEAREST, {"company_id": call.company_id, "size": size})).one()
    sizes = " and ".join(str(one) for one in (near.below, near.above) if one is not None)
    return f"No checkpoint was signed at {size} entries; " + (
        f"the nearest: {sizes}." if sizes else "there is none yet."
    )

"""Checkpoints that a verification may begin at: told by the caller, or found good by an earlier verification."""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from certs import CertsError, KeyStore
from gateway.audit import queries
from gateway.audit.models import Since
from gateway.http.problems import Invalid
from ledger import signed_report, store
from ledger.errors import LedgerError
from ledger.report import Level
from ledger.store import LedgerSigners
from ledger.verify import Known


async def known_by(db: AsyncConnection, company_id: UUID, since: Since, keys: KeyStore) -> Known:
    """The checkpoint that is meant. Raises `Invalid` where there is none.

    Without a root it is the one that the newest good verification (of that size) ended at; its report counts only with
    the signatures of the ledger keys now in force, since the row alone could have been written by anyone.
    """
    if since.root is not None:
        if since.size is None:
            raise Invalid("A root is the root of some size: give `since.size` with it.")
        return Known(since.size, bytes.fromhex(since.root))
    signers = await signers_of(db, company_id, keys)
    for row in await queries.good(db, company_id, since.size) if signers else ():
        report, note = row.report, row.note
        if (
            signers is not None
            and report is not None
            and note is not None
            and report.status == "ok"
            and report.level >= Level.CHECKPOINTS
            and report.company_id == company_id
            and since.size in (None, report.head_count)
        ):
            origin = (await store.head(db, company_id)).origin
            by = (signers.ed25519, signers.rsa)
            good = await asyncio.to_thread(signed_report.holds, note.encode(), origin, row.id, report, by)
            if good:
                return Known(report.head_count, bytes.fromhex(report.root))
    about = "the ledger" if since.size is None else f"exactly {since.size} entries"
    raise Invalid(
        f"There is no good verification of {about} at level checkpoints, signed by the ledger's present keys, to begin "
        "behind: give the root of `since.size` from a checkpoint that you kept, or verify everything once."
    )


async def signers_of(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> LedgerSigners | None:
    """The ledger's signers; None where they can't be opened, which a verification then reports."""
    try:
        return await store.ledger_signers(db, company_id, keys)
    except (CertsError, LedgerError):
        return None

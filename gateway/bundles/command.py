"""The command `involinks bundle`: a company's ledger in one file that an auditor verifies without us.

    involinks bundle --company ID [--first SEQ] [--last SEQ] FILE

The export is recorded in the ledger. A file that is there already is never written over.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from datetime import datetime
from pathlib import Path
from typing import TextIO
from uuid import UUID

from gateway.bundles import flow, jobs
from gateway.bundles.flow import Wanted
from gateway.db import new_id
from gateway.wiring import Wiring

OPERATOR = "operator"
"""Who made it, as the entry says: whoever may run this command on the machine."""
_STEP = 10_000


async def make(
    wiring: Wiring, company_id: UUID, path: Path, wanted: Wanted, *, now: datetime, out: TextIO = sys.stdout
) -> None:
    """Write the bundle and record it. Raises `FileExistsError`, `LedgerError`, `CertsError`, `OSError`."""
    shown = 0

    async def told(written: int, total: int) -> None:
        nonlocal shown
        if written - shown >= _STEP:
            shown = written
            print(f"  {written} of {total} entries", file=out, flush=True)

    witnesses = [place.key for place in wiring.settings.witnesses if place.key is not None]
    partial = path.with_name(path.name + ".partial")
    if await asyncio.to_thread(path.exists):
        raise FileExistsError(f"{path} exists already; name a new file")
    try:
        with partial.open("w+b") as file:  # opened once, then used in threads
            written = await flow.write(
                wiring.database,
                company_id,
                file,
                wanted,
                keys=wiring.keys,
                witnesses=witnesses,
                scratch=path.parent,
                told=told,
            )
            size = file.seek(0, 2)
            file.seek(0)
            digest = (await asyncio.to_thread(hashlib.file_digest, file, "sha256")).hexdigest()
        seq = await jobs.record_export(
            wiring, company_id, new_id(), sha256=digest, size=size, written=written, by=OPERATOR, now=now
        )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    print(
        f"{path}: entries {written.first} to {written.last} of company {company_id}, {written.documents} documents, "
        f"{size} bytes\n  SHA-256 {digest}\n  recorded as entry {seq}",
        file=out,
    )

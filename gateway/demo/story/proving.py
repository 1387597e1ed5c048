"""Afterwards: both ledgers are verified, and a forged copy is found out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from gateway.audit import flow as audit
from gateway.demo.client import Client
from gateway.demo.story.stage import INVOICES, Stage, until
from gateway.demo.telling import StoryBroken
from ledger.copy import CopyWriter, read_lines, read_opening
from ledger.entry import Kind
from ledger.record import Record


async def verify(stage: Stage) -> None:
    """Both ledgers, links, contents and signatures; each report becomes an entry of the ledger it is about."""
    stage.tell.step("Both ledgers are verified: links, contents, signatures")
    for client in (stage.erp, stage.buyers_erp):
        asked = await client.ask("POST", "/v1/ledger/verifications", {"level": "seals"}, status=202)

        async def done(client: Client = client, asked: dict[str, Any] = asked) -> dict[str, Any] | None:
            shown: dict[str, Any] = await client.ask("GET", f"/v1/ledger/verifications/{asked['id']}")
            return shown["report"] if shown["state"] == "done" else None

        report = await until(done, f"the verification for {client.name}")
        if report["status"] != "ok" or not report["checked"]["seals"]:
            raise StoryBroken(f"the ledger behind {client.name} doesn't hold: {json.dumps(report)}")
        checked = report["checked"]
        stage.tell.fact(
            f"{client.name.removeprefix('ERP of ')}: {report['status'].upper()}, {checked['entries']} entries, "
            f"{checked['contents']} contents, {checked['seals']} signatures"
        )


async def tamper(stage: Stage) -> None:
    """A copy of A's ledger holds; the same copy with one amount changed doesn't, and the entry is named."""
    stage.tell.step("Somebody changes an amount in a copy of A's ledger: verification says where")
    honest, forged = stage.folder / "ledger-of-a.jsonl", stage.folder / "ledger-of-a-forged.jsonl"
    await audit.copy_company(stage.wiring.database, stage.seller.id, honest, keys=stage.wiring.keys)
    judged = await audit.verify_copy(honest)
    if judged.status != "ok":
        raise StoryBroken(f"an honest copy of the ledger doesn't hold: {judged}")
    stage.tell.fact(f"the honest copy holds: {honest}")
    document = stage.documents[INVOICES[0]]
    seq = forge(honest, forged, number=document["number"], amount=document["payable"])
    report = await audit.verify_copy(forged)
    if report.status != "failed" or seq not in {failure.seq for failure in report.failures}:
        raise StoryBroken(f"a forged amount in entry {seq} went unnoticed: {report}")
    stage.tell.refusal(f"{document['number']} over {document['payable']} changed in the copy: {report.status.upper()}")
    for failure in report.failures[:3]:
        stage.tell.detail(f"entry {failure.seq}: {failure.reason}: {failure.detail}")


def forge(honest: Path, forged: Path, *, number: str, amount: str) -> int:
    """Copy a ledger's copy with another amount in the XML and the JSON of one invoice; returns the entry's seq."""
    opening = read_opening(honest)
    writer = CopyWriter(forged, opening.head, opening.keys)
    changed = -1
    other = amount[:-1] + ("1" if amount[-1] != "1" else "2")
    try:
        for line in read_lines(honest):
            if isinstance(line, Record) and line.kind == Kind.INVOICE and line.number == number:
                changed = line.seq
                content = {
                    name: part.replace(amount.encode(), other.encode()) if part else part
                    for name, part in (("canonical", line.canonical), ("attached", line.attached))
                }
                if content["attached"] == line.attached:
                    raise StoryBroken(f"the amount {amount} isn't in the sealed XML of {number}.")
                line = msgspec.structs.replace(line, **content)  # noqa: PLW2901 - the forger's whole point
            writer.add([line])
        writer.finish()
    finally:
        writer.discard()
    return changed

"""What buyer and seller answer each other lies in both packages, byte for byte."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway.evidence import flow
from gateway.settings import Settings
from ledger.entry import Kind
from peppol import sbdh
from tests.gateway.evidence.conftest import failures, members
from tests.gateway.outbound.conftest import Company
from tests.gateway.responses.conftest import (
    WHY,
    answered,
    arrives,
    buyer,
    issued,
    line,
    message_of,
    network,
    received,
    response_to,
    seller,
    sent,
    xml_of,
)
from tests.gateway.sandbox.process import SandboxProcess
from ubl.response import Code

__all__ = ["buyer", "line", "network", "seller"]


async def package(company: Company, document_id: UUID, *, came: bool, home: Path) -> bytes:
    company.wiring = msgspec.structs.replace(company.wiring, settings=Settings(home=home))
    async with company.call() as call:
        subject = await (flow.received if came else flow.issued)(call, document_id)
        file, _ = await flow.pack(call, subject)
        with file:
            file.seek(0)
            return file.read()


def handed_over(network: SandboxProcess, key: str) -> bytes:
    """The envelope that the access point was given."""
    with closing(sqlite3.connect(f"file:{network.folder}/network.sqlite?mode=ro", uri=True)) as journal:
        envelope: bytes = journal.execute("select envelope from messages where key = ?", (key,)).fetchone()[0]
    return envelope


async def test_our_answer_to_a_bill(
    buyer: Company, network: SandboxProcess, verifier: ModuleType, tmp_path: Path
) -> None:
    document_id = await received(buyer)
    response_id = await answered(buyer, document_id, Code.REJECTED, *WHY)
    await sent(buyer, response_id)
    whole = await package(buyer, document_id, came=True, home=tmp_path)
    assert failures(verifier, whole, tmp_path) == []
    parts = members(whole)
    (entry,) = (name for name in parts if name.endswith(".entry") and parts[name][39] == Kind.RESPONSE)
    answer = parts[entry.replace(".entry", ".attached")]
    assert b"ApplicationResponse" in answer
    async with buyer.database.company(buyer.id) as db:
        key = await db.scalar(text("select id from transmissions where response_id = :id"), {"id": response_id})
    assert parts[f"envelopes/{key}.xml"] == handed_over(network, str(key)), "the very bytes that went out"


@pytest.mark.parametrize("code", [Code.ACCEPTED, Code.REJECTED])
async def test_the_buyers_answer_to_an_invoice(
    seller: Company, network: SandboxProcess, verifier: ModuleType, tmp_path: Path, code: Code
) -> None:
    document_id = await issued(seller)
    xml = response_to(await xml_of(seller, document_id), code)
    await arrives(seller, xml, instance_id=f"answer-{code}")
    whole = await package(seller, document_id, came=False, home=tmp_path)
    assert failures(verifier, whole, tmp_path) == []
    parts = members(whole)
    envelope = sbdh.write(message_of(xml, instance_id=f"answer-{code}"))
    assert parts[f"envelopes/{sha256(envelope).hexdigest()}.xml"] == envelope, "as it came"
    assert sbdh.body(xml) in parts.values(), "what the buyer said"
    async with seller.database.company(seller.id) as db:
        key = await db.scalar(text("select id from transmissions where document_id = :id"), {"id": document_id})
    assert parts[f"envelopes/{key}.xml"] == handed_over(network, str(key)), "the very bytes that went out"

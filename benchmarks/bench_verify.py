"""Verification from the database beside the bare operations over the same bytes, in one run on one machine.

    python -m benchmarks.bench_verify [--documents 6000] [--rounds 3]

Every document is an invoice of twenty lines: about 5 kB of canonical JSON and 17 kB of XML, sealed with RSA-2048 and
stored with its entry in a durable PostgreSQL. The bare rate is what one core does of SHA-256 over both and of checking
the signature. Rounds of both take turns, and the best of each counts: other work on the machine only slows down.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from benchmarks.bench_ledger import durable_database, make_company, rate, show
from certs import Kek, KeyRing, LocalKeyStore, pss
from gateway.audit import processes
from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from ledger import envelope
from ledger.entry import Kind, NewEntry
from ledger.report import Level
from ledger.signing import make_seals, message
from ledger.store import append, current_signer, head

BATCH = 100


def content(number: str) -> tuple[bytes, bytes]:
    """Canonical JSON with the facts that verification reads, and an XML of the usual size that states them too."""
    lines = [
        {
            "id": str(n),
            "item": {"name": f"Office chair with armrests, model {n}", "description": "As agreed, delivered to site"},
            "net": f"{105 * n}.00",
            "price": {"amount": "105.00", "base": 1, "unit": "H87"},
            "quantity": str(n),
            "vat": {"category": "S", "percent": "5.00"},
        }
        for n in range(1, 21)
    ]
    party = {"endpoint": {"id": "1234567890"}, "name": "A company LLC", "street": "Corniche Road 1", "country": "AE"}
    document = {
        "currency": "AED",
        "issue_date": "2026-11-21",
        "number": number,
        "seller": party,
        "buyer": party,
        "lines": lines,
        "totals": {"tax_inclusive": "23152.50"},
    }
    raw = envelope.wrap(document, generator="bench/1", ruleset="none/1", ruleset_digest="00" * 32)
    amount = '<cbc:LineExtensionAmount currencyID="AED">105.00</cbc:LineExtensionAmount>'
    xml = f"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-11-21</cbc:IssueDate>
<cbc:DocumentCurrencyCode>AED</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID="0235">1234567890</cbc:EndpointID></cac:Party>
</cac:AccountingSupplierParty>
<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="AED">23152.50</cbc:TaxInclusiveAmount>
</cac:LegalMonetaryTotal>{f"<cac:InvoiceLine>{amount}</cac:InvoiceLine>" * 150}</Invoice>"""
    return raw, xml.encode()


async def fill(database: Database, keys: LocalKeyStore, documents: int) -> UUID:
    """A company with so many sealed documents, a hundred to a batch."""
    company_id = await make_company(database, keys)
    for first in range(0, documents, BATCH):
        names = [f"INV-{n}" for n in range(first, first + BATCH)]
        contents = [content(name) for name in names]
        async with database.company(company_id) as db:
            seals = await make_seals(await current_signer(db, company_id, keys), contents)
            news = [
                NewEntry(kind=Kind.INVOICE, canonical=raw, attached=xml, series="S", number=name, seal=seal)
                for name, (raw, xml), seal in zip(names, contents, seals, strict=True)
            ]
            await append(db, company_id, news, now=datetime.now(UTC), keys=keys)
    return company_id


async def bare(database: Database, company_id: UUID, keys: LocalKeyStore) -> Callable[[], None]:
    """Both hashes and the signature of one document, nothing else."""
    async with database.company(company_id) as db:
        signer = await current_signer(db, company_id, keys)
    raw, xml = content("INV-1")
    key, text = pss.public_key(signer.spki), message(sha256(raw).digest(), sha256(xml).digest())
    signature = signer.sign(text)

    def check() -> None:
        sha256(raw).digest()
        sha256(xml).digest()
        if not pss.verify(key, signature, text):
            raise RuntimeError("the signature doesn't hold")

    return check


async def seconds_of(database: Database, company_id: UUID, ask: Ask) -> float:
    """How long it takes; the ledger must hold."""
    start = time.perf_counter()
    report = await verify_company(database, company_id, ask)
    if report.status != "ok":
        raise RuntimeError(f"the benchmark's own ledger doesn't hold: {report.failures}")
    return time.perf_counter() - start


async def run(documents: int, rounds: int) -> None:
    """Everything."""
    keys = LocalKeyStore(KeyRing(Kek.make(development=True)))
    async with durable_database() as database:
        company_id = await fill(database, keys, documents)
        async with database.company(company_id) as db:
            known = await head(db, company_id)
        check, entry = await bare(database, company_id, keys), bytes(230)
        before = await verify_company(database, company_id, Ask())
        asks: dict[str, tuple[Ask, bool]] = {
            "links": (Ask(level=Level.LINKS), True),
            "contents": (Ask(level=Level.CONTENTS), False),
            "seals": (Ask(level=Level.SEALS), False),
            "checkpoints (L3), documents and signatures": (Ask(), False),
            f"the same in {processes.usable()} processes": (Ask(processes=processes.usable()), False),
        }
        best: dict[str, float] = {}
        bare_rate = bare_hash = 0.0
        for _ in range(rounds):
            bare_rate = max(bare_rate, rate(check, 0.7))
            bare_hash = max(bare_hash, rate(lambda: sha256(entry).digest(), 0.3))
            for name, (ask, _) in asks.items():
                took = await seconds_of(database, company_id, ask)
                best[name] = min(best.get(name, took), took)
        show("SHA-256 of an entry, bare, one core", bare_hash)
        show("SHA-256 of both contents and RSA-2048 PSS check, bare, one core", bare_rate)
        for name, (_, hashes_only) in asks.items():
            show(f"verified, {name}", known.count / best[name], bare_hash if hashes_only else bare_rate)
        print(f"{known.count:,} entries, {before.checked.checkpoints:,} checkpoints; aim: L3 at least 0.35")


def main() -> None:
    """Entry for `python -m benchmarks.bench_verify`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=6_000, help="how many are sealed and verified")
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured; the best counts")
    given = parser.parse_args()
    asyncio.run(run(given.documents, given.rounds))


if __name__ == "__main__":
    main()

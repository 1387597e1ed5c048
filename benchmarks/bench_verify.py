"""Verification from the database beside the bare operations over the same bytes, in one run on one machine.

    python -m benchmarks.bench_verify [--documents 3000] [--rounds 5]

Every document is an invoice of twenty lines: about 5 kB of canonical JSON and 17 kB of XML, sealed with RSA-2048 and
stored with its entry in a durable PostgreSQL. The bare rate is what one core does of SHA-256 over both and of checking
the signature. Each figure is held against bare slices right before and after it, several times: the best ratio tells
what the code can do, the median what the machine was busy with.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from statistics import median
from uuid import UUID

from benchmarks.bench_ledger import durable_database, make_company, rate, show
from certs import Kek, KeyRing, LocalKeyStore, pss
from gateway.audit.flow import ALONE, Ask, verify_company
from gateway.db import Database
from ledger import envelope
from ledger.entry import Kind, NewEntry
from ledger.report import Level, Report
from ledger.signing import make_seals, message
from ledger.store import append, current_signer

BATCH = 100
SLICE = 0.3
"""Seconds of bare work before and after each figure."""


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


class Figure:
    """Rates of verifying, each beside bare rates taken right before and after it."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.ratios: list[float] = []

    async def measure(self, work: Callable[[], Awaitable[Report]], beside: Callable[[], object]) -> None:
        """Once more; the ledger must hold."""
        before = rate(beside, SLICE)
        start = time.perf_counter()
        report = await work()
        took = time.perf_counter() - start
        after = rate(beside, SLICE)
        if report.status != "ok":
            raise RuntimeError(f"the benchmark's own ledger doesn't hold: {report.failures}")
        self.rates.append(report.head_count / took)
        self.ratios.append(self.rates[-1] / ((before + after) / 2))

    def show(self, name: str) -> None:
        """The best and the middle of all."""
        print(
            f"{name:<66} {max(self.rates):>10,.0f}/s {max(self.ratios):8.2f} x   median {median(self.ratios):.2f} x",
            flush=True,
        )


async def run(documents: int, rounds: int) -> None:
    """Everything."""
    keys = LocalKeyStore(KeyRing(Kek.make(development=True)))
    async with durable_database() as database:
        company_id = await fill(database, keys, documents)
        check, body = await bare(database, company_id, keys), bytes(230)

        def hash_of_entry() -> bytes:
            return sha256(body).digest()

        asks: dict[str, tuple[Ask, LocalKeyStore | None, Callable[[], object]]] = {
            "links; beside SHA-256 of an entry": (Ask(level=Level.LINKS), None, hash_of_entry),
            "contents": (Ask(level=Level.CONTENTS), None, check),
            "seals": (Ask(level=Level.SEALS), None, check),
            "checkpoints (L3), documents and signatures": (Ask(), None, check),
            "  and all private keys opened, all closes made again": (Ask(), keys, check),
        }
        if documents > ALONE:
            asks["  in two processes, with their start"] = (Ask(processes=2), None, check)
        figures = {name: Figure() for name in asks}
        for _ in range(rounds):
            for name, (ask, store, beside) in asks.items():
                await figures[name].measure(partial(verify_company, database, company_id, ask, keys=store), beside)
        show("SHA-256 of both contents and RSA-2048 PSS check, bare, one core", rate(check, 1.0))
        for name, figure in figures.items():
            figure.show(f"verified, {name}")
        last = await verify_company(database, company_id)
        print(f"{last.head_count:,} entries, {last.checked.checkpoints:,} checkpoints; aim: L3 at least 0.35 x")


def main() -> None:
    """Entry for `python -m benchmarks.bench_verify`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=3_000, help="how many are sealed and verified")
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is measured")
    given = parser.parse_args()
    asyncio.run(run(given.documents, given.rounds))


if __name__ == "__main__":
    main()

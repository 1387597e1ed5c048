"""A ledger with an erased document, carried away: the verifier accepts the gap because the ledger tells of it."""

from __future__ import annotations

import io
from pathlib import Path

from gateway.bundles import flow
from gateway.bundles.flow import Wanted
from ledger.entry import Kind
from ledger.verifier import verify
from tests.gateway.erasure.conftest import PERSON, YEARS_LATER, erase
from tests.gateway.outbound.conftest import Company
from tests.ledger.bundles.forger import Forger
from ubl import Invoice


async def written(company: Company, wanted: Wanted) -> bytes:
    file = io.BytesIO()
    await flow.write(company.database, company.id, file, wanted, keys=company.wiring.keys)
    return file.getvalue()


def judged(raw: bytes, folder: Path) -> dict[str, object]:
    path = folder / "bundle.zip"
    path.write_bytes(raw)
    return verify.as_json(verify.verify(str(path), verify.Wish(deep=True)))


async def test_erased_content_is_told_and_the_person_is_nowhere(
    company: Company, personal: Invoice, invoice: Invoice, tmp_path: Path
) -> None:
    await company.sealed(invoice)
    document_id = await company.sealed(personal)
    await company.sealed(invoice)
    whole = Wanted()
    before = await written(company, whole)
    report = judged(before, tmp_path)
    assert report["status"] == "ok", report["failures"]
    assert report["checked"]["facts"] == 3, "as the gateway writes them, JSON and XML agree"  # type: ignore[index]
    assert PERSON.name.encode() in before, "whoever may carry the ledger away gets the documents"

    company.now += YEARS_LATER
    await erase(company, document_id)
    entries = await company.entries()
    (gone,) = [entry.seq for entry in entries if entry.erased and entry.kind == Kind.INVOICE]
    after = await written(company, whole)
    assert PERSON.name.encode() not in after
    for wanted in (whole, Wanted(gone, gone), Wanted(gone - 1, gone + 1)):
        report = judged(await written(company, wanted), tmp_path)
        assert report["status"] == "ok", report["failures"]
        assert report["checked"]["erased"] == 1  # type: ignore[index]

    forger = Forger(after)
    (other,) = [entry.seq for entry in entries if entry.kind == Kind.INVOICE and entry.seq > gone]
    forger.contents[other] = ["erased", "erased"]
    forger.save(tmp_path / "forged.zip")
    report = verify.as_json(verify.verify(str(tmp_path / "forged.zip"), verify.Wish()))
    assert (report["first_bad"]["seq"], report["first_bad"]["reason"]) == (other, "CONTENT_ERASED")  # type: ignore[index]

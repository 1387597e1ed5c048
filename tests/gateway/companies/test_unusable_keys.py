"""Keys that don't open: what the caller is told, and what the operator."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from litestar.types import ControllerRouterHandler
from sqlalchemy import text

from gateway.access.api import CONTROLLERS as ACCESS
from gateway.audit import flow
from gateway.companies.api import CONTROLLERS as COMPANIES
from tests.gateway.house import ok

POLICIES = "/v1/companies/current/policies"
CHOSEN = {"four_eyes": False, "approve_sends": True}


@pytest.fixture(scope="module")
def controllers() -> Sequence[ControllerRouterHandler]:
    """People and companies."""
    return (*ACCESS, *COMPANIES)


async def tampered(house, company_id, statement: str) -> None:
    """As somebody who owns the database."""
    async with house.owner.company(company_id) as db:
        for table in ("sealed_keys", "signing_keys", "ledger_heads"):
            await db.execute(text(f"alter table {table} disable trigger user"))
        assert (await db.execute(text(statement), {"company_id": company_id})).rowcount == 1


TABLE = "update signing_keys set"
FOR = "where company_id = :company_id and key_id = (select key_id from signing_keys where company_id = :company_id"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            f"update sealed_keys set ciphertext = set_byte(ciphertext, 9, get_byte(ciphertext, 9) # 1) {FOR} "
            "and purpose = 'ledger')",
            "doesn't open",
        ),
        (f"update sealed_keys set ciphertext = '' {FOR} and purpose = 'ledger-rsa')", "doesn't open"),
        (
            f"update sealed_keys set kek_id = 'kek-0123456789abcdef' {FOR} and purpose = 'ledger')",
            "kek-0123456789abcdef",
        ),
        (f"delete from sealed_keys {FOR} and purpose = 'ledger')", "is not stored"),
        (
            "update signing_keys set purpose = 'letters' where company_id = :company_id and purpose = 'ledger'",
            "not stored",
        ),
        ("update signing_keys set algorithm = 'ES256' where company_id = :company_id and purpose = 'ledger'", "ES256"),
    ],
)
async def test_a_damaged_key_stops_what_needs_it_and_nothing_else(house, capsys, statement, told):
    company = await house.company()
    admin = await company.admin()
    before = ok(await admin.get("/v1/companies/current"))
    await tampered(house, company.id, statement)
    capsys.readouterr()
    refused = await admin.put(POLICIES, CHOSEN)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (500, "key-unusable"), problem
    assert "operator" in problem["detail"]
    assert told not in refused.text, "which key it is stands in the log, for the operator"
    logged = " ".join("".join(capsys.readouterr()).split())
    assert told in logged
    assert problem["request_id"] in logged
    assert ok(await admin.get("/v1/companies/current")) == before, "nothing was done"


@pytest.mark.parametrize(
    "statement",
    [
        f"update sealed_keys set nonce = '\\x000000000000000000000000' {FOR} and purpose = 'document')",
        "update ledger_heads set key_id = '\\x0123456789abcdef' where company_id = :company_id",
        f"delete from sealed_keys {FOR} and purpose = 'document')",
    ],
)
async def test_a_company_whose_document_key_is_gone_can_not_replace_it_silently(house, statement):
    company = await house.company()
    admin = await company.admin()
    await tampered(house, company.id, statement)
    refused = await admin.post("/v1/companies/current/keys")
    assert (refused.status_code, refused.json()["code"]) == (500, "key-unusable"), refused.text
    report = await flow.verify_company(house.database, company.id, keys=house.wiring.keys)
    assert report.status == "failed"

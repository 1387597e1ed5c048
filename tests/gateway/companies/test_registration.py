"""A company applies, is approved, gets its ledger and its first administrator."""

from __future__ import annotations


async def test_story(house):
    company = await house.company()
    admin = await company.admin()
    shown = (await admin.get("/v1/companies/current")).json()
    assert shown["participant"] == f"iso6523-actorid-upis::0235:{company.trn[:10]}"

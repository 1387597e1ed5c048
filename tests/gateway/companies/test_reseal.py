"""The key-encryption key changes: everything that was sealed under the old one moves to the new one."""

from __future__ import annotations

import msgspec
import pytest

from certs import Kek, KekUnknown, KeyRing, LocalKeyStore
from gateway import operations
from gateway.audit import flow
from ledger import store
from tests.gateway.house import ok

POLICIES = "/v1/companies/current/policies"
NOTHING = operations.Resealed(keys=0, contents=0, factors=0, webhooks=0, accounts=0, mailboxes=0)
CHOSEN = {"four_eyes": False, "approve_sends": True}


async def test_everything_moves_to_a_new_key_encryption_key(house):
    company = await house.company()
    admin = await company.admin()
    for purpose in ("document", "ledger", "ledger-rsa"):
        ok(await admin.post(f"/v1/companies/current/keys?purpose={purpose}"), 201)
    ok(await admin.post("/v1/auth/totp"), 201)  # a second secret, not confirmed yet
    old, new = house.wiring.key_ring.current, Kek.make(development=False)
    later = KeyRing(new)

    def with_ring(ring: KeyRing):
        return msgspec.structs.replace(house.wiring, key_ring=ring, keys=LocalKeyStore(ring))

    with pytest.raises(KekUnknown, match=old.id):
        await operations.resealed(with_ring(later))
    done = await operations.resealed(with_ring(KeyRing(new, old)))
    assert done.keys >= 6
    assert done.factors >= 2
    assert await operations.resealed(with_ring(KeyRing(new, old))) == NOTHING, "safe to repeat"
    async with house.database.company(company.id) as db:
        assert {key.kek_id for key in await store.sealed_keys(db, company.id)} == {new.id}

    before = house.app.state.wiring
    house.app.state.wiring = with_ring(later)
    try:
        again = await company.admin()  # signs in with a code, under the new key alone
        ok(await again.put(POLICIES, CHOSEN))
        ok(await again.post("/v1/companies/current/keys"), 201)
        report = await flow.verify_company(house.database, company.id, keys=LocalKeyStore(later))
        assert (report.status, report.failures) == ("ok", ())
    finally:
        house.app.state.wiring = before
    refused = await admin.put(POLICIES, CHOSEN)
    assert (refused.status_code, refused.json()["code"]) == (500, "key-unusable")

"""Secrets under the key-encryption key: they move to a new one, and answers join an erasure."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text

from certs import Kek, KekUnknown, KeyDamaged, KeyRing
from gateway.db import Database
from gateway.webhooks import queries, secret
from tests.gateway.house import ok
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Receiver, says


async def test_secrets_move_to_a_new_key_encryption_key(hooks: Hooks, erp: Receiver) -> None:
    house, company_id = hooks.house, hooks.company.id
    made = await hooks.make(erp.url)
    endpoint = made["endpoint"]["id"]
    rotated = ok(await hooks.admin.post(f"/v1/webhooks/{endpoint}/rotate", {}))
    old, new = house.wiring.key_ring, Kek.make(development=False)
    with pytest.raises(KekUnknown):
        async with house.database.company(company_id) as db:
            await secret.reseal(db, KeyRing(new), company_id)
    both = KeyRing(new, old.current)
    async with house.database.company(company_id) as db:
        assert [await secret.reseal(db, both, company_id) for _ in range(2)] == [2, 0]
    before = house.wiring
    house.wiring = msgspec.structs.replace(before, key_ring=KeyRing(new))
    try:
        await hooks.happen("invoice.sent")
        await hooks.turn(endpoint)
    finally:
        house.wiring = before
    (call,) = erp.received
    assert call.signed_by(made["secret"])
    assert call.signed_by(rotated["secret"])


async def test_a_secret_moved_to_another_row_does_not_open(hooks: Hooks, erp: Receiver, module_admin: Database) -> None:
    mine, other = [(await hooks.make(erp.url))["endpoint"]["id"] for _ in range(2)]
    async with module_admin.platform() as db:
        move = "update webhook_secrets set sealed = (select sealed from webhook_secrets where endpoint_id = :other)"
        await db.execute(text(f"{move} where endpoint_id = :mine"), {"mine": mine, "other": other})
    await hooks.happen("invoice.sent")
    with pytest.raises(KeyDamaged):
        await hooks.turn(mine)
    assert erp.received == []


async def test_what_receivers_answered_about_an_erased_document_is_forgotten(hooks: Hooks, erp: Receiver) -> None:
    erp.answer = says(200, b"thanks for the invoice of Fatima")
    endpoint = (await hooks.make(erp.url))["endpoint"]["id"]
    erased, kept = uuid4(), uuid4()
    await hooks.happen("invoice.sent", subject=erased)
    await hooks.happen("invoice.sent", subject=kept)
    await hooks.turn(endpoint)
    async with hooks.house.database.company(hooks.company.id) as db:
        await queries.forget_answers(db, hooks.company.id, erased)
    told = {one["subject_id"]: one["tries"][0]["answer"] for one in await hooks.log(endpoint)}
    assert told == {str(erased): None, str(kept): "thanks for the invoice of Fatima"}

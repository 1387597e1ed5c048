"""From an event to the receiver: fed with the event, signed, once; and what each answer leads to."""

from __future__ import annotations

from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Receiver


async def test_an_event_reaches_the_endpoints_that_have_chosen_it(hooks: Hooks, erp: Receiver) -> None:
    made = await hooks.make(erp.url, "invoice.finalized", "bill.*")
    endpoint, secret = made["endpoint"]["id"], made["secret"]
    sealed, _, bill = await hooks.happen("invoice.finalized", "invoice.draft", "bill.received")
    await hooks.turn(endpoint)
    assert sorted(erp.ids) == sorted([sealed, bill])
    assert all(call.signed_by(secret) for call in erp.received)
    told = {call.id: call.told for call in erp.received}[sealed]
    assert told["type"] == "invoice.finalized"
    assert told["data"]["state"] == "FINALIZED"
    log = await hooks.log(endpoint)
    assert [(one["id"], one["state"], one["attempts"], one["tries"][0]["status"]) for one in log] == [
        (bill, "delivered", 1, 200),
        (sealed, "delivered", 1, 200),
    ]

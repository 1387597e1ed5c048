"""Things go wrong on the way: an answer is lost, the worker dies, and the document is delivered once all the same."""

from __future__ import annotations

from typing import Any

from gateway import jobqueue
from gateway.demo import cast
from gateway.demo.story.stage import INVOICES, Stage, amount, body, draft, seal, until
from gateway.demo.telling import StoryBroken
from gateway.outbound.flow import SEND
from gateway.sandbox.faults import Fault, Order

LOST = "by-another-provider"
"""Name of the document whose answer is lost."""
_LABEL, _SERIES = "Access point of our own", "OWN"


async def lose_answer(stage: Stage) -> None:
    """Through phoss AP's adapter, whose network takes no key: only asking can tell what became of a lost call."""
    stage.tell.step("Another provider, a lost answer, a killed worker: asked first, delivered once")
    await _route(stage)
    stage.tell.fact(f"account {_LABEL!r}: adapter phoss_ap, credentials sealed; the route of the series {_SERIES!r}")
    drafted = await draft(stage, LOST, body(cast.EXAMPLES / INVOICES[0]), series=_SERIES)
    await seal(stage, LOST, f" over {amount(drafted)}")
    path = f"/v1/invoices/{drafted['id']}"
    await stage.approver.ask("POST", f"{path}/approve")
    await cast.desk(
        stage.wiring, "POST", "/faults", Order(Fault.RESET_AFTER_TAKING, participant=f"0235:{stage.buyer.tin}")
    )
    await stage.erp.ask("POST", f"{path}/send", status=202)

    async def tried() -> dict[str, Any] | None:
        """The first attempt, once its job is given back: killed before, it would wait for the lease's end."""
        attempts = await stage.erp.ask("GET", f"{path}/attempts")
        async with stage.wiring.database.platform() as db:
            busy = any(each.running for each in await jobqueue.census(db) if each.kind == SEND)
        return attempts[0] if attempts and attempts[0]["ended_at"] and not busy else None

    first = await until(tried, "the lost answer is noticed")
    if first["outcome"] != "unknown":
        raise StoryBroken(f"{drafted['id']}: the network was to lose its answer, but: {first}")
    stage.tell.refusal(f"attempt 1: nobody knows whether it arrived: {first['reason']}")
    stage.children.kill("worker")
    stage.children.start("worker")
    stage.tell.refusal("the worker is killed (-9) and started again")

    async def known() -> dict[str, Any] | None:
        shown: dict[str, Any] = await stage.erp.ask("GET", path)
        return shown if shown["facts"]["sender"]["state"] == "yes" else None

    shown = stage.documents[LOST] = await until(known, "the access point is asked")
    attempts = await stage.erp.ask("GET", f"{path}/attempts")
    stage.tell.fact(f"attempt {len(attempts)}: asked first; the access point has it, so it isn't sent again")
    await _once(stage, shown)


async def _once(stage: Stage, shown: dict[str, Any]) -> None:
    """One message on the network, one hand-over, one document at the buyer."""
    number = shown["number"]

    async def arrived() -> dict[str, Any] | None:
        page = await stage.buyers_erp.ask("GET", f"/v1/inbox?number={number}&seller_endpoint=0235:{stage.seller.tin}")
        return page if page["items"] else None

    page = await until(arrived, f"{number} is in B's inbox")
    key = next(event["facts"]["transmission_id"] for event in shown["timeline"] if "transmission_id" in event["facts"])
    handovers = (await cast.desk(stage.wiring, "GET", f"/messages/{key}/handovers")).json()
    if len(handovers) != 1 or len(page["items"]) != 1:
        raise StoryBroken(f"{number} was handed over {len(handovers)} times and arrived {len(page['items'])} times.")
    stage.tell.fact(f"{number}: handed over once, one document at B")


async def _route(stage: Stage) -> None:
    """An account and a series that goes by it, made at the first telling; the network may have another address now."""
    people = stage.administrator
    await people.confirm("keys")
    settings = stage.wiring.settings
    token = settings.provider_token.reveal() if settings.provider_token else ""
    place = {"base_url": f"{settings.provider_url}/phoss", "credentials": {"token": token}}
    listed = await people.ask("GET", "/v1/providers")
    known = next((each["id"] for each in listed["accounts"] if each["label"] == _LABEL), None)
    if known is not None:
        await people.ask("PATCH", f"/v1/providers/{known}", place)
        return
    await people.ask("POST", "/v1/series", {"name": _SERIES, "numbering": "assigned", "prefix": "OWN-"}, status=201)
    made = await people.ask("POST", "/v1/providers", {"adapter": "phoss_ap", "label": _LABEL, **place}, status=201)
    rules = [
        {"match": {"series": _SERIES}, "accounts": [made["id"]], "only": True},
        {"accounts": [None], "only": True},
    ]
    await people.ask("PUT", "/v1/providers/routes", {"rules": rules})

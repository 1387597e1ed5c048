"""At the seller: invoices become drafts, are sealed and approved; what is wrong is refused with its reasons."""

from __future__ import annotations

from gateway.demo import cast
from gateway.demo.story.stage import CREDIT_NOTE, INVOICES, Stage, amount, body, draft, seal
from gateway.demo.telling import StoryBroken


async def post_examples(stage: Stage) -> None:
    """Four invoices become drafts; the rules accept each of them."""
    stage.tell.step("A's ERP posts invoices")
    for name in INVOICES:
        drafted = await draft(stage, name, body(cast.EXAMPLES / name))
        stage.tell.fact(f"examples/{name}: draft over {amount(drafted)}, lawful by {drafted['ruleset']}")


async def refuse_broken(stage: Stage) -> None:
    """Typical mistakes: each is told with rule, place and what to do, and none of them can be sealed."""
    stage.tell.step("Broken invoices are refused, with reasons")
    for path in sorted((cast.EXAMPLES / "broken").glob("*.json")):
        answer = await stage.erp.call("POST", "/v1/invoices?external_reference=true", body(path))
        if answer.status_code == 201:
            drafted = answer.json()
            document = f"/v1/invoices/{drafted['id']}"
            if drafted["valid"]:
                raise StoryBroken(f"examples/broken/{path.name} was taken for lawful.")
            answer = await stage.erp.call("POST", f"{document}/finalize")
            await stage.erp.ask("DELETE", f"{document}?version={drafted['version']}", status=204)
        if answer.status_code != 422:
            raise StoryBroken(f"examples/broken/{path.name} answered {answer.status_code}: {answer.text}")
        stage.tell.refusal(f"examples/broken/{path.name}: 422")
        for finding in answer.json()["findings"]:
            if finding["severity"] == "fatal":
                stage.tell.detail(f"{finding['rule']} at {finding['pointer'] or '/'}: {finding['message']}")


async def finalize(stage: Stage) -> None:
    """Seal: number, XML, signature and ledger entry in one transaction; then the credit note that names a number."""
    stage.tell.step("A's ERP finalizes: numbered without a gap, signed, in the ledger, unchangeable")
    for name in INVOICES:
        await seal(stage, name)
    note = body(cast.EXAMPLES / CREDIT_NOTE)
    note["preceding"] = [{**note["preceding"][0], "number": stage.documents[INVOICES[0]]["number"]}]
    await draft(stage, CREDIT_NOTE, note)
    await seal(stage, CREDIT_NOTE, f", a credit note over {amount(stage.documents[CREDIT_NOTE])}")
    document = stage.documents[INVOICES[0]]
    patch = await stage.erp.call("PATCH", f"/v1/invoices/{document['id']}?version=2", {"buyer_reference": "other"})
    if patch.status_code != 409:
        raise StoryBroken(f"a sealed invoice could be changed: {patch.status_code} {patch.text}")
    stage.tell.refusal(f"changing {document['number']} afterwards: 409 {patch.json()['detail']}")


async def refuse_self_approval(stage: Stage) -> None:
    """The administrator made the ERP's key, so what the ERP made counts as made by the administrator."""
    stage.tell.step("Nobody approves what they made themselves, not even through their ERP's key")
    document = stage.documents[INVOICES[0]]
    path = f"/v1/invoices/{document['id']}/approve"
    without = await stage.approver.call("POST", path)
    if without.status_code != 403 or without.json()["code"] != "step-up-required":
        raise StoryBroken(f"approving needs a fresh code, but answered {without.status_code}: {without.text}")
    stage.tell.refusal(f"{stage.approver.email} without a fresh code: 403 {without.json()['detail']}")
    await stage.administrator.confirm("approve")
    own = await stage.administrator.call("POST", path)
    if own.status_code != 403 or own.json()["code"] != "four-eyes":
        raise StoryBroken(f"self-approval must be refused, but answered {own.status_code}: {own.text}")
    stage.tell.refusal(f"{stage.administrator.email} with one: 403 {own.json()['detail']}")


async def approve(stage: Stage) -> None:
    """A second person, with a fresh code."""
    stage.tell.step("A second person approves, with a fresh code")
    await stage.approver.confirm("approve")
    for name, document in stage.documents.items():
        stage.documents[name] = await stage.approver.ask("POST", f"/v1/invoices/{document['id']}/approve")
        stage.tell.fact(f"{document['number']} approved by {stage.approver.email}")

"""Orders by e-mail: the letter is kept before the first call, and whatever fails on its way, it stays one letter."""

from __future__ import annotations

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from gateway.jobqueue import Temporary
from gateway.purchasing import sending
from gateway.purchasing.evidence import Ordered
from gateway.settings.values import Secret
from gateway.wiring import Wiring
from ledger.entry import Kind
from schemas import validation, xmlsafe
from tests.gateway.house import House, ok
from tests.gateway.outbound.test_faults import Broken, Saboteur
from tests.gateway.purchasing.buyer import ORDERS, Buyer, line, supplier
from tests.gateway.witnessing.post_office import post_office

BY_MAIL = {"by": "mail"}


@contextmanager
def mailing(house: House, address: str) -> Iterator[Wiring]:
    """The house with a mail server; its wiring meanwhile."""
    before = house.app.state.wiring
    settings = msgspec.structs.replace(
        before.settings, mail_server=Secret(address), mail_from="purchasing@company.example"
    )
    house.app.state.wiring = msgspec.structs.replace(before, settings=settings)
    try:
        yield house.app.state.wiring
    finally:
        house.app.state.wiring = before


async def ordered(buyer: Buyer, order: Any, **further: str) -> UUID:
    """Order an order to be mailed; the letter's id."""
    shown = ok(await buyer.person.post(f"{ORDERS}/{order['id']}/send", {**BY_MAIL, **further}), 202)
    return UUID(shown["mails"][-1]["id"])


async def run(wiring: Wiring, buyer: Buyer, mail_id: UUID, **later: float) -> None:
    job = msgspec.json.encode(sending.MailJob(mail_id))
    await sending.mail(wiring, buyer.id, job, now=buyer.now + timedelta(**later))


async def test_an_order_goes_out_with_readable_text_and_ubl(buyer: Buyer, house: House) -> None:
    wanted = line("20", description="مكتب & <كرسي>", seller_item="CH-7", quantity="2.5", price="19.99", unit="KGM")
    order = await buyer.draft(line("10"), wanted, charges="30", note="Gate 3\nRing twice", number="PO/77 أ")
    with post_office() as office, mailing(house, office.address) as wiring:
        mail_id = await ordered(buyer, order)
        assert (await buyer.shown(order))["state"] == "SENDING"
        await run(wiring, buyer, mail_id)
        await run(wiring, buyer, mail_id)  # the queue may run it twice
    shown = await buyer.shown(order)
    assert (shown["state"], shown["sent_edition"], shown["mails"][0]["state"]) == ("SENT", 1, "SENT")
    assert len(office.letters) == 1
    message = message_from_bytes(office.letters[0], policy=policy.SMTP)
    assert (message["To"], message["Message-ID"]) == ("orders@supplier.example", shown["mails"][0]["message_id"])
    body = message.get_body()
    assert body is not None
    words = body.get_content()
    assert all(word in words for word in ("PO/77 أ", "مكتب & <كرسي>", "CH-7", "2.5 KGM at 19.99 AED", "1079.98"))
    (attached,) = message.iter_attachments()
    xml = attached.get_payload(decode=True)
    assert isinstance(xml, bytes)
    root = xmlsafe.parse(xml)
    try:
        assert validation.errors(root, "Order-2") == []
    except Exception as error:
        if type(error).__name__ != "SchemasNotInstalled":
            raise
    names = root.xpath("//*[local-name()='LineItem']/*[local-name()='ID']/text()")
    assert names == ["10", "20"]
    (entry,) = await buyer.entries(Kind.ORDER)
    fact = msgspec.json.decode(entry.canonical, type=Ordered)
    assert (fact.what, fact.channel, fact.mail_id, fact.xml_sha256) == (
        "sent",
        "mail",
        mail_id,
        sha256(xml).hexdigest(),
    )
    assert b"supplier.example" not in entry.canonical, "an address is a person's; the ledger is for ever"
    assert await buyer.told() == [order["id"]]


async def test_nothing_else_happens_while_it_is_on_its_way(buyer: Buyer, house: House) -> None:
    order = await buyer.draft()
    with post_office() as office, mailing(house, office.address):
        await ordered(buyer, order)
        again = await buyer.person.post(f"{ORDERS}/{order['id']}/send", BY_MAIL)
        assert (again.status_code, again.json()["code"]) == (409, "order-mail-waits")
        shown = await buyer.shown(order)
        change = {"version": shown["version"], "content": shown["content"]}
        assert (await buyer.person.put(f"{ORDERS}/{order['id']}", change)).json()["code"] == "order-not-open"


async def test_a_changed_order_goes_out_again(buyer: Buyer, house: House) -> None:
    order = await buyer.sent()
    content = {**order["content"], "lines": [line(quantity="12")]}
    body = {"version": order["version"], "content": content, "reason": "Two more."}
    ok(await buyer.person.put(f"{ORDERS}/{order['id']}", body))
    with post_office() as office, mailing(house, office.address) as wiring:
        await run(wiring, buyer, await ordered(buyer, order, to="Sales@Supplier.Example"))
    assert b"To: Sales@supplier.example" in office.letters[0]
    assert b"version 2" in office.letters[0]
    shown = await buyer.shown(order)
    assert (shown["state"], shown["sent_edition"]) == ("SENT", 2)
    assert (await buyer.kinds(order["id"]))[-2:] == ["purchase_order.mailing", "purchase_order.mailed"]


@pytest.mark.parametrize("refusal", [{"RCPT": "550 no such user"}, {"DATA": "554 no"}, {"MAIL": "553 not you"}])
async def test_a_refusal_makes_it_a_draft_again_with_the_reason(
    buyer: Buyer, house: House, refusal: dict[str, str]
) -> None:
    order = await buyer.draft()
    with post_office(**refusal) as office, mailing(house, office.address) as wiring:
        await run(wiring, buyer, await ordered(buyer, order))
    shown = await buyer.shown(order)
    assert (shown["state"], shown["mails"][0]["state"]) == ("DRAFT", "FAILED")
    assert next(iter(refusal.values()))[:3] in shown["mails"][0]["reason"]
    assert await buyer.entries(Kind.ORDER) == []
    with post_office() as office, mailing(house, office.address) as wiring:
        await run(wiring, buyer, await ordered(buyer, order))
    assert (await buyer.shown(order))["state"] == "SENT"


class Silent(socketserver.StreamRequestHandler):
    """Takes the letter and goes away without a word, or never says anything at all."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                letter = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    letter += part
                self.server.letters.append(letter)  # type: ignore[attr-defined]
                return
            self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def silent() -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent) as server:
        server.letters = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_a_lost_answer_is_followed_by_the_very_same_letter(
    buyer: Buyer, house: House, silent: socketserver.ThreadingTCPServer
) -> None:
    """The server has it, and nobody can know: the supplier's mailbox sees by the Message-ID that it is one letter."""
    order = await buyer.draft()
    with mailing(house, f"smtp://127.0.0.1:{silent.server_address[1]}") as wiring:
        mail_id = await ordered(buyer, order)
        with pytest.raises(Temporary):
            await run(wiring, buyer, mail_id)
    shown = await buyer.shown(order)
    assert (shown["state"], shown["mails"][0]["state"], shown["mails"][0]["attempts"]) == ("SENDING", "WAITING", 1)
    assert "SMTPServerDisconnected" in shown["mails"][0]["reason"]
    with post_office() as office, mailing(house, office.address) as wiring:
        await run(wiring, buyer, mail_id, hours=1)
    assert office.letters == silent.letters  # type: ignore[attr-defined]
    assert (await buyer.shown(order))["state"] == "SENT"


async def test_after_a_day_of_silence_a_person_decides(buyer: Buyer, house: House) -> None:
    order = await buyer.draft()
    with mailing(house, "smtp://127.0.0.1:1") as wiring:
        mail_id = await ordered(buyer, order)
        with pytest.raises(Temporary):
            await run(wiring, buyer, mail_id, hours=23)
        await run(wiring, buyer, mail_id, hours=25)
    shown = await buyer.shown(order)
    assert (shown["state"], shown["mails"][0]["state"]) == ("DRAFT", "FAILED")
    assert "nobody knows" in shown["mails"][0]["reason"]


async def test_wherever_the_process_ends_the_letter_stays_one(buyer: Buyer, house: House) -> None:
    """Each statement and commit of the job fails once, as if it were killed there; the queue runs it again."""
    saboteur, fail_at, calm = Saboteur(house.database), 0, False
    with post_office() as office, mailing(house, office.address) as wiring:
        while not calm:
            fail_at += 1
            order = await buyer.draft()
            mail_id = await ordered(buyer, order)
            office.letters.clear()
            with saboteur.at_work(fail_at):
                try:
                    await run(wiring, buyer, mail_id)
                    calm = True
                except Broken:
                    pass
            await run(wiring, buyer, mail_id)
            shown = await buyer.shown(order)
            assert (shown["state"], shown["mails"][0]["state"]) == ("SENT", "SENT"), f"step {fail_at}"
            assert len(set(office.letters)) == 1, f"step {fail_at}: not the same letter"
            kinds = await buyer.kinds(order["id"])
            assert kinds.count("purchase_order.sent") == 1, f"step {fail_at}"
    assert fail_at > 8, "the saboteur saw fewer statements than there are"
    sent = [msgspec.json.decode(entry.canonical, type=Ordered).order_id for entry in await buyer.entries(Kind.ORDER)]
    assert len(sent) == len(set(sent)) == fail_at


async def test_two_workers_write_down_one_yes(buyer: Buyer, house: House) -> None:
    order = await buyer.draft()
    with post_office() as office, mailing(house, office.address) as wiring:
        mail_id = await ordered(buyer, order)
        await asyncio.gather(run(wiring, buyer, mail_id), run(wiring, buyer, mail_id))
    assert len(set(office.letters)) == 1
    assert len(await buyer.entries(Kind.ORDER)) == 1


async def test_the_order_and_its_job_are_committed_together(buyer: Buyer, house: House) -> None:
    order = await buyer.draft()
    with post_office() as office, mailing(house, office.address):
        mail_id = await ordered(buyer, order)
    async with house.owner.platform() as db:
        query = text("select payload->>'mail_id' from jobs where kind = 'purchasing.mail' and company_id = :id")
        assert str(mail_id) in set((await db.execute(query, {"id": buyer.id})).scalars())


async def test_who_cant_be_mailed_is_told_what_to_do(buyer: Buyer, house: House) -> None:
    order = await buyer.draft()
    answer = await buyer.person.post(f"{ORDERS}/{order['id']}/send", BY_MAIL)
    assert (answer.status_code, answer.json()["code"]) == (409, "no-mail-server")
    silent_one = await supplier(house, buyer.id, "No Mail LLC", emails=[])
    other = await buyer.draft(supplier_id=str(silent_one))
    with mailing(house, "smtp://127.0.0.1:1"):
        for body in (BY_MAIL, {**BY_MAIL, "to": "nobody"}, {**BY_MAIL, "to": "a@b.example\r\nBcc: c@d.example"}):
            answer = await buyer.person.post(f"{ORDERS}/{other['id']}/send", body)
            assert [each["pointer"] for each in answer.json()["findings"]] == ["/to"], answer.text
    assert (await buyer.shown(other))["state"] == "DRAFT"


async def test_the_order_as_ubl(buyer: Buyer) -> None:
    order = await buyer.draft(line(tax_rate=None))
    answer = await buyer.person.get(f"{ORDERS}/{order['id']}/xml")
    assert answer.headers["content-type"].startswith("application/xml")
    assert order["number"] in answer.headers["content-disposition"]
    assert xmlsafe.parse(answer.content).tag.endswith("Order-2}Order")

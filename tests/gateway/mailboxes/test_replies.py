"""What senders are told: once, in two languages, and never a machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.jobqueue import Temporary
from gateway.mailboxes import journal, replies
from tests.gateway.mailboxes.conftest import OURS, Box, Office
from tests.gateway.mailboxes.dovecot import Dovecot
from tests.gateway.mailboxes.post import ARABIC_NAME, SUPPLIER, Answers, mail, with_pdf


@pytest.fixture
async def box(office: Office, imap: Dovecot) -> Box:
    return await office.mailbox(imap)


async def told(box: Box, message: Any) -> Any:
    """One mail comes, and its sender is told or not."""
    box.put(message)
    await box.fetch()
    found = (await box.messages())[-1]
    await box.reply(found.id)
    return (await box.messages())[-1]


async def test_an_answer(box: Box, answers: Answers) -> None:
    original = with_pdf("An answer please", name=ARABIC_NAME)
    original["References"] = "<earlier@falcon.ae>"
    message = await told(box, original)
    assert (message.reply, message.reply_reason) == ("sent", None)
    (answer,) = answers.got
    assert answers.envelopes == [("<>", [SUPPLIER])], "out of an empty return path: nobody answers a failure"
    assert (answer["From"], answer["To"]) == (OURS, SUPPLIER)
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["X-InvoLinks-Loop"]
    assert answer["References"].split() == ["<earlier@falcon.ae>", original["Message-ID"]]
    text = answer.get_content()
    assert f"- {ARABIC_NAME}: taken, it is being read" in text
    assert f"- {ARABIC_NAME}: استُلم" in text
    assert "Palm Office Supplies LLC" in text
    assert "An answer please" not in text, "nobody's words are carried to anybody"
    await box.reply(message.id)
    assert len(answers.got) == 1, "a job may run twice"


MACHINES = [
    ({"Auto-Submitted": "auto-generated"}, "auto_submitted"),
    ({"Auto-Submitted": "auto-replied (vacation)"}, "auto_submitted"),
    ({"Precedence": "bulk"}, "bulk"),
    ({"Precedence": "List"}, "bulk"),
    ({"Return-Path": "<>"}, "bounce"),
    ({"List-Id": "<bills.falcon.ae>"}, "list"),
    ({"List-Unsubscribe": "<mailto:off@falcon.ae>"}, "list"),
    ({"X-InvoLinks-Loop": "0193a3c0-0000-7000-8000-000000000001"}, "loop"),
    ({"X-Auto-Response-Suppress": "OOF, AutoReply"}, "suppressed"),
    ({"From": "No Reply <no-reply@falcon.ae>"}, "machine"),
    ({"From": "noreply+7@falcon.ae"}, "machine"),
    ({"From": "Mail Delivery <MAILER-DAEMON@falcon.ae>"}, "machine"),
    ({"From": "not an address"}, "no_sender"),
    ({"From": OURS}, "own_address"),
]


async def test_machines_are_not_answered_and_their_bills_are_taken(box: Box, answers: Answers) -> None:
    for number, (headers, reason) in enumerate(MACHINES):
        message = with_pdf(f"machine {number}")
        for name, value in headers.items():
            del message[name]
            message[name] = value
        found = await told(box, message)
        assert (found.outcome, found.reply, found.reply_reason) == ("processed", "withheld", reason), headers
    assert answers.got == []


async def test_our_own_answer_that_comes_back_is_not_answered(box: Box, answers: Answers) -> None:
    await told(box, with_pdf("goes in a circle"))
    (answer,) = answers.got
    found = await told(box, answer)
    assert (found.reply, found.reply_reason) == ("withheld", "loop")
    assert len(answers.got) == 1


async def test_one_sender_is_answered_so_often_an_hour(box: Box, answers: Answers) -> None:
    sender = "busy@falcon.ae"
    for number in range(replies.OF_A_SENDER):
        assert (await told(box, mail(f"busy {number}", sender=sender))).reply == "sent"
    refused = await told(box, mail("busy and more", sender=sender))
    assert (refused.reply, refused.reply_reason) == ("withheld", "too_many")
    assert (await told(box, mail("somebody else", sender="calm@falcon.ae"))).reply == "sent"
    box.office.now += timedelta(hours=2)
    assert (await told(box, mail("busy later", sender=sender))).reply == "sent"


async def test_strangers_are_not_answered_where_the_mailbox_knows_its_suppliers(
    office: Office, imap: Dovecot, answers: Answers
) -> None:
    box = await office.mailbox(imap, replies="known")
    first = await told(box, with_pdf("from a stranger", sender="new@oryx.ae"))
    assert (first.reply, first.reply_reason) == ("withheld", "unknown_sender")
    assert (await told(box, with_pdf("from an acquaintance", sender="new@oryx.ae"))).reply == "sent"
    silent = await office.mailbox(imap, replies="none")
    found = await told(silent, with_pdf("into silence"))
    assert (found.reply, found.reply_reason) == ("withheld", "switched_off")


async def test_a_server_that_is_not_there_is_tried_again(
    box: Box, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put(with_pdf("try again"))
    await box.fetch()
    message = await box.one()
    answers.verdict = lambda _: "451 later"
    for _ in range(2):
        with pytest.raises(Temporary):
            await box.reply(message.id)
        assert (await box.one()).reply == "ordered"
    answers.verdict = lambda _: None
    await box.reply(message.id)
    assert (await box.one()).reply == "sent"
    assert len(answers.got) == 1


async def test_an_address_that_does_not_exist_is_not_tried_again(box: Box, answers: Answers) -> None:
    answers.verdict = lambda _: "550 no such user"
    found = await told(box, with_pdf("nobody there"))
    assert (found.reply, found.reply_reason) == ("refused", "127.0.0.1 doesn't take the address (550).")


async def test_a_server_that_breaks_off_behind_the_answer_does_not_get_it_twice(box: Box, answers: Answers) -> None:
    def hangs_up(server: Any) -> str:
        server.transport.abort()
        return "250 too late"

    answers.after_data = hangs_up
    found = await told(box, with_pdf("was it sent"))
    assert found.reply == "unknown"
    await box.reply(found.id)
    assert len(answers.got) == 1


async def test_killed_while_an_answer_goes_out(box: Box, answers: Answers) -> None:
    box.put(with_pdf("killed while sending"))
    await box.fetch()
    message = await box.one()
    async with box.office.database.company(box.office.id) as db:
        assert await journal.replying(db, box.office.id, message.id, now=box.office.now)
    await box.reply(message.id)
    found = await box.one()
    assert found.reply == "unknown"
    assert "isn't known" in (found.reply_reason or "")
    assert answers.got == []


async def test_without_a_mail_server_nobody_is_told(box: Box, answers: Answers) -> None:
    import msgspec

    office = box.office
    box.put(with_pdf("no server"))
    await box.fetch()
    message = await box.one()
    bare = msgspec.structs.replace(office.wiring.settings, mail_server=None)
    wiring = msgspec.structs.replace(office.wiring, settings=bare)
    await replies.reply(wiring, office.id, message.id, now=office.now)
    found = await box.one()
    assert (found.reply, found.reply_reason) == ("withheld", "no_mail_server")

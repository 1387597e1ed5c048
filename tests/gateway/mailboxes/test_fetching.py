"""Mails from a real mailbox into the hall, each once, and out of the way."""

from __future__ import annotations

from email.message import EmailMessage
from hashlib import sha256

import pytest

from gateway.mailboxes.models import Became
from tests.gateway.mailboxes.conftest import Box, Office
from tests.gateway.mailboxes.dovecot import Dovecot
from tests.gateway.mailboxes.post import ARABIC_NAME, Answers, mail, pdf, png, with_pdf


@pytest.fixture
async def box(office: Office, imap: Dovecot) -> Box:
    return await office.mailbox(imap)


async def test_six_mails_and_what_becomes_of_each(box: Box, answers: Answers) -> None:
    arabic = with_pdf("Six one", name=ARABIC_NAME)
    forwarded = mail("Six two")
    forwarded.add_attachment(with_pdf("inner", name="within.pdf", content=pdf("six within")))
    again = with_pdf("Six three", name="the-same.pdf", content=pdf("Six one"))
    nothing = mail("Six four", text="The bill follows.")
    bounce = EmailMessage()
    bounce["From"], bounce["Subject"] = "MAILER-DAEMON@falcon.ae", "Six five"
    bounce.set_type("multipart/report")
    bounce.make_mixed()
    bounce.attach(with_pdf("returned"))
    bounce.replace_header("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"')
    half = with_pdf("Six six", content=pdf("half" * 500)).as_bytes()
    box.put(arabic, forwarded, again, nothing, bounce, half[: int(len(half) * 0.7)])
    assert await box.fetch() is False

    found = {one.subject: one for one in await box.messages()}
    assert [(one.outcome, one.reason) for one in found.values()] == [
        ("processed", None), ("processed", None), ("processed", None),
        ("failed", "no_attachment"), ("failed", "bounce"), ("failed", "left_out"),
    ]  # fmt: skip
    assert [(f.name, f.became) for f in found["Six one"].files] == [(ARABIC_NAME, Became.TAKEN)]
    assert [(f.name, f.became) for f in found["Six two"].files] == [("within.pdf", Became.TAKEN)]
    assert [f.became for f in found["Six three"].files] == [Became.DUPLICATE]
    assert found["Six three"].files[0].bill_id == found["Six one"].files[0].bill_id
    assert [(f.became, f.reason) for f in found["Six six"].files] == [(Became.LEFT_OUT, "broken_off")]
    assert box.held() == []
    assert box.held("Processed") == ["Six one", "Six two", "Six three"]
    assert box.held("Failed") == ["Six four", "Six five", "Six six"]
    assert await box.office.times(sha256(pdf("Six one")).hexdigest()) == 1

    await box.reply_to_all()
    told = [str(one["Subject"]) for one in answers.to("billing@falcon.ae")]
    assert len(told) == 5, "everybody but the bounce"
    first = answers.got[0]
    assert ARABIC_NAME in first.get_content()
    assert first["In-Reply-To"] == arabic["Message-ID"]
    assert [one.reply for one in found.values()] == ["ordered"] * 4 + ["withheld", "ordered"]


async def test_mails_that_were_read_stay(box: Box) -> None:
    box.put(with_pdf("read by a person"), with_pdf("unread"))
    with box.server.box(box.user) as program:
        program.folder.set("INBOX")
        program.client.uid("STORE", "1", "+FLAGS", r"(\Seen)")
    await box.fetch()
    assert box.held() == ["read by a person"]
    assert [one.subject for one in await box.messages()] == ["unread"]


async def test_nothing_is_marked_as_read_before_it_is_settled(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.mailboxes import taking

    async def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    box.put(with_pdf("unread for long"))
    with monkeypatch.context() as patched:
        patched.setattr(taking, "take", breaks)
        await box.fetch()
    with box.server.box(box.user) as program:
        program.folder.set("INBOX")
        assert program.uids("UNSEEN") == ["1"]
    await box.fetch()
    assert (await box.one()).outcome == "processed"


async def test_one_that_breaks_its_worker_every_time_is_set_aside(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.mailboxes import fetching, taking

    take = taking.take

    async def breaks(*given: object, **further: object) -> object:
        if given[4].subject == "poison":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return await take(*given, **further)  # type: ignore[arg-type]

    monkeypatch.setattr(taking, "take", breaks)
    box.put(with_pdf("poison"), with_pdf("behind it"))
    for _ in range(fetching.TRIES + 1):
        await box.fetch()
    assert {one.subject: (one.outcome, one.reason) for one in await box.messages()} == {
        "poison": ("failed", "broke_off"),
        "behind it": ("processed", None),
    }
    assert box.held("Failed") == ["poison"]


async def test_the_same_mail_twice_is_taken_once(box: Box) -> None:
    raw = with_pdf("twice").as_bytes()
    box.put(raw, raw)
    await box.fetch()
    assert len(await box.messages()) == 1
    assert box.held() == []
    assert box.held("Processed") == ["twice", "twice"]


async def test_one_file_twice_in_a_mail(box: Box) -> None:
    message = with_pdf("one file twice", name="a.pdf")
    message.add_attachment(pdf("one file twice"), maintype="application", subtype="pdf", filename="b.pdf")
    box.put(message)
    await box.fetch()
    assert [one.became for one in (await box.one()).files] == [Became.TAKEN, Became.DUPLICATE]


async def test_a_mail_moved_back_from_failed_is_read_once_more(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingestion import detect

    box.put(with_pdf("not yet"))
    with monkeypatch.context() as patched:
        patched.setattr(detect, "_MAGIC", ((b"%PDF", detect.FileKind.GIF),))
        await box.fetch()
    message = await box.one()
    assert message.outcome == "failed"
    assert [one.became for one in message.files] == [Became.REFUSED]
    with box.server.box(box.user) as program:
        program.folder.set("Failed")
        program.move(program.uids(), "INBOX")
    await box.fetch()
    again = await box.one()
    assert (again.id, again.outcome) == (message.id, "processed")
    assert box.held("Processed") == ["not yet"]


async def test_a_logo_beside_a_bill_is_no_bill(box: Box) -> None:
    message = mail("with a logo")
    message.add_alternative('<p>Regards <img src="cid:logo@x"></p>', subtype="html")
    message.get_payload()[1].add_related(png(), "image", "png", cid="<logo@x>", filename="logo.png")  # type: ignore[union-attr,index]
    message.add_attachment(pdf("with a logo"), maintype="application", subtype="pdf", filename="bill.pdf")
    message.add_attachment(b"PK\x03\x04zip", maintype="application", subtype="zip", filename="all.zip")
    box.put(message)
    await box.fetch()
    files = {one.name: (one.became, one.reason) for one in (await box.one()).files}
    assert files == {
        "bill.pdf": (Became.TAKEN, ""),
        "logo.png": (Became.LEFT_OUT, "decoration"),
        "all.zip": (Became.LEFT_OUT, "archive"),
    }


async def test_a_file_that_is_refused_is_said_why(box: Box, answers: Answers) -> None:
    message = with_pdf("a lie", name="bill.pdf", content=b"MZ this is a program")
    box.put(message)
    await box.fetch()
    found = await box.one()
    assert (found.outcome, found.reason) == ("failed", "refused")
    assert [(one.became, one.reason) for one in found.files] == [(Became.REFUSED, "program")]
    await box.reply(found.id)
    (answer,) = answers.got
    assert "The file is a program." in answer.get_content()


async def test_an_old_server_copies_and_removes_that_message_alone(office: Office, old_imap: Dovecot) -> None:
    box = await office.mailbox(old_imap)
    box.put(with_pdf("a person's own"), with_pdf("old school"))
    with old_imap.box(box.user) as program:
        program.folder.set("INBOX")
        program.client.uid("STORE", "1", "+FLAGS", r"(\Seen \Deleted)")
    await box.fetch()
    assert box.held() == ["a person's own"], "what a person marked as deleted is theirs to remove"
    assert box.held("Processed") == ["old school"]


async def test_a_folder_in_any_script(office: Office, imap: Dovecot) -> None:
    box = await office.mailbox(imap, processed_folder="فواتير مقروءة", failed_folder='Not "read"')
    box.put(with_pdf("into arabic"), mail("into quotes"))
    await box.fetch()
    assert box.held("فواتير مقروءة") == ["into arabic"]
    assert box.held('Not "read"') == ["into quotes"]


async def test_a_folder_numbered_anew_is_no_new_mail(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.mailboxes.errors import Unwilling
    from gateway.mailboxes.session import Session

    async def refuses(*_: object, **__: object) -> None:
        raise Unwilling("no")

    box.put(with_pdf("numbered anew"))
    with monkeypatch.context() as patched:
        patched.setattr(Session, "move", refuses)
        await box.fetch()
    message = await box.one()
    assert (message.outcome, message.moved_at, message.move_failure) == ("processed", None, "no")
    assert (await box.view()).standing.unmoved == 1
    with box.server.box(box.user) as program:
        before = program.folder.status("INBOX")["UIDVALIDITY"]
    box.server.renumber(box.user)
    with box.server.box(box.user) as program:
        assert program.folder.status("INBOX")["UIDVALIDITY"] != before
    await box.fetch()
    assert len(await box.messages()) == 1
    assert box.held("Processed") == ["numbered anew"]
    assert (await box.one()).moved_at is not None

"""Mails of every kind, well made and not: what is read of them, what is left out by name, and that nothing raises."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import mail, mail_headers
from ingestion.mail import Mail, MailBounds, Why

PDF = b"%PDF-1.4\n" + b"0123456789" * 30
PNG = b"\x89PNG\r\n\x1a\n"


def raw(headers: str, body: bytes = b"", *, encoding: str = "utf-8") -> bytes:
    return headers.strip().replace("\n", "\r\n").encode(encoding) + b"\r\n\r\n" + body


def part(headers: str, content: bytes = PDF) -> bytes:
    """A part in base64."""
    return raw(f"{headers.strip()}\nContent-Transfer-Encoding: base64", base64.encodebytes(content))


def multipart(*parts: bytes, closed: bool = True, kind: str = "mixed", head: str = "From: a@b.ae") -> bytes:
    """A mail of parts."""
    body = b"".join(b"--B\r\n" + one + b"\r\n" for one in parts) + (b"--B--\r\n" if closed else b"")
    return raw(f'{head}\nContent-Type: multipart/{kind}; boundary="B"', body)


def names(read: Mail) -> list[str]:
    return [one.name for one in read.attachments]


def left(read: Mail) -> list[tuple[str, Why]]:
    return [(one.name, one.why) for one in read.left_out]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="bill.pdf"', "bill.pdf"),
        ("attachment; filename*=UTF-8''%D9%81%D8%A7%D8%AA%D9%88%D8%B1%D8%A9.pdf", "فاتورة.pdf"),
        ("attachment; filename*0*=UTF-8''%D9%81%D8%A7; filename*1*=%D8%AA%D9%88%D8%B1%D8%A9.pdf", "فاتورة.pdf"),
        ("attachment; filename*=windows-1256''%DD%C7%CA%E6%D1%C9.pdf", "فاتورة.pdf"),
        ('attachment; filename="=?utf-8?B?2YHYp9iq2YjYsdipLnBkZg==?="', "فاتورة.pdf"),
        ('attachment; filename="=?windows-1256?Q?=DD=C7=CA=E6=D1=C9.pdf?="', "فاتورة.pdf"),
        ('attachment; filename="فاتورة.pdf"', "فاتورة.pdf"),
        ('attachment; filename="C:\\\\bills\\\\march.pdf"', "march.pdf"),
        ('attachment; filename="../../etc/bill.pdf"', "bill.pdf"),
        ('attachment; filename="bill\u202efdp.exe"', "billfdp.exe"),
        ("attachment; filename*=no-such-charset''%FF%FE.pdf", None),
        ("attachment", "attachment-1.pdf"),
        (f'attachment; filename="{"x" * 400}.pdf"', "x" * 146 + ".pdf"),
    ],
)
def test_names_in_any_encoding(disposition: str, name: str | None) -> None:
    read = mail.read(multipart(part(f"Content-Type: application/pdf\nContent-Disposition: {disposition}")))
    (found,) = read.attachments
    assert found.data == PDF
    if name is not None:
        assert found.name == name


def test_a_name_in_raw_windows_1256() -> None:
    headers = 'Content-Type: application/pdf; name="فاتورة.pdf"\nContent-Transfer-Encoding: base64'
    read = mail.read(multipart(raw(headers, base64.b64encode(PDF), encoding="cp1256")))
    assert names(read) == ["فاتورة.pdf"]


@pytest.mark.parametrize(
    ("headers", "content", "why"),
    [
        ("Content-Type: application/pdf", PDF, None),
        ("Content-Type: application/octet-stream; name=a.PDF", PDF, None),
        ("Content-Type: application/octet-stream", PDF, None),
        ("Content-Type: text/xml", b"<Invoice/>", None),
        ("Content-Type: application/ubl+xml", b"<Invoice/>", None),
        ("Content-Type: text/plain; name=invoice.xml", b"<Invoice/>", None),
        ("Content-Type: image/tiff", b"II*\0", None),
        ("Content-Type: image/heic; name=a.heic", b"\0\0\0\x18ftypheic", Why.KIND),
        ("Content-Type: application/zip; name=a.zip", b"PK\x03\x04", Why.ARCHIVE),
        ("Content-Type: application/octet-stream; name=a.dat", b"Rar!\x1a\x07", Why.ARCHIVE),
        ("Content-Type: application/ms-tnef; name=winmail.dat", b"\x78\x9f\x3e\x22", Why.TNEF),
        ("Content-Type: application/octet-stream; name=WINMAIL.DAT", b"\x78\x9f\x3e\x22", Why.TNEF),
        ("Content-Type: application/pkcs7-mime; name=smime.p7m", b"0\x80", Why.ENCRYPTED),
        ("Content-Type: application/pdf; name=a.pdf", b"", Why.EMPTY),
        ("Content-Type: application/vnd.ms-excel; name=a.xls", b"\xd0\xcf", Why.KIND),
    ],
)
def test_kinds(headers: str, content: bytes, why: Why | None) -> None:
    read = mail.read(multipart(part(headers, content)))
    assert [one.data for one in read.attachments] == ([content] if why is None else [])
    assert [one.why for one in read.left_out] == ([why] if why else [])


def test_what_nobody_meant_is_not_even_named() -> None:
    unmeant = [
        "Content-Type: text/calendar; name=a.ics", "Content-Type: application/pkcs7-signature; name=smime.p7s",
        "Content-Type: text/plain", "Content-Type: text/html",
    ]  # fmt: skip
    assert mail.read(multipart(*(part(one, b"x") for one in unmeant))) == Mail(sender="a@b.ae")


def nested(levels: int) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"level {levels}"
    message.set_content("within")
    if levels:
        message.add_attachment(nested(levels - 1))
    else:
        message.add_attachment(PDF, maintype="application", subtype="pdf", filename="deep.pdf")
    return message


def test_mails_within_mails_down_to_a_bound() -> None:
    assert names(mail.read(nested(5).as_bytes())) == ["deep.pdf"]
    read = mail.read(nested(6).as_bytes())
    assert (names(read), left(read)) == ([], [("level 0", Why.TOO_DEEP)])


def test_a_mail_attached_as_a_file_or_in_forbidden_base64() -> None:
    inner = nested(0).as_bytes()
    as_file = part("Content-Type: application/octet-stream; name=fwd.eml", inner)
    assert names(mail.read(multipart(as_file))) == ["deep.pdf"]
    assert names(mail.read(multipart(part("Content-Type: message/rfc822", inner)))) == ["deep.pdf"]


def shown(*files: bytes) -> Mail:
    html = raw("Content-Type: text/html", b'<img src="cid:one@x"> <IMG SRC=cid:two@x>')
    return mail.read(multipart(html, *files, kind="related"))


def picture(size: int, cid: str = "one@x", name: str = "logo.png") -> bytes:
    return part(f"Content-Type: image/png; name={name}\nContent-ID: <{cid}>", PNG + b"x" * (size - len(PNG)))


def test_decoration() -> None:
    bill = part("Content-Type: application/pdf; name=bill.pdf")
    assert left(shown(picture(3000), bill)) == [("logo.png", Why.DECORATION)]
    assert names(shown(picture(mail.SMALL - 1), bill)) == ["bill.pdf"]
    assert names(shown(picture(mail.SMALL), bill)) == ["logo.png", "bill.pdf"], "a scan shown in the text"
    assert names(shown(picture(3000, cid="other@x"), bill)) == ["logo.png", "bill.pdf"], "attached, not shown"
    assert names(shown(picture(mail.TINY))) == ["logo.png"], "a picture pasted into the text is all there is"
    assert left(shown(picture(mail.TINY - 1))) == [("logo.png", Why.DECORATION)]


def test_half_a_mail() -> None:
    whole = part("Content-Type: application/pdf; name=whole.pdf")
    cut = part("Content-Type: application/pdf; name=cut.pdf")[:-60]
    read = mail.read(multipart(whole, cut, closed=False))
    assert (names(read), left(read)) == (["whole.pdf"], [("cut.pdf", Why.BROKEN_OFF)])
    single = raw("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64", b"JVBERi0xLjQ")
    assert left(mail.read(single)) == [("a.pdf", Why.BROKEN_OFF)]


def test_every_cut_gives_the_whole_file_or_none() -> None:
    message = nested(1).as_bytes()
    for end in range(0, len(message), 7):
        for one in mail.read(message[:end]).attachments:
            assert one.data == PDF


def test_bounds() -> None:
    bill = part("Content-Type: application/pdf; name=a.pdf")
    few = MailBounds(files=2, file_size=len(PDF))
    assert left(mail.read(multipart(*[bill] * 3), bounds=few)) == [("a.pdf", Why.TOO_MANY)]
    larger = part("Content-Type: application/pdf; name=b.pdf", PDF + b"x")
    assert left(mail.read(multipart(larger), bounds=few)) == [("b.pdf", Why.TOO_LARGE)]
    text = raw("Content-Type: text/plain", b"x")
    assert left(mail.read(multipart(*[text] * 9), bounds=MailBounds(parts=5))) == [("?", Why.TOO_MANY)]
    read = mail.read(multipart(bill, head="From: a@b.ae\nSubject: Big"), bounds=MailBounds(size=100))
    assert (read.unreadable, read.sender, read.subject) == ("too_large", "a@b.ae", "Big")


def test_a_mail_built_to_keep_a_parser_busy() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
    assert mail.read(b"From: a@b.ae\r\n" + deep + b"x\r\n" * 10).unreadable == "too_complex"
    assert mail.read(b"From: a@b.ae\r\n" + deep[: len(deep) // 4] + b"x\r\n").attachments == ()


def test_a_bounce_is_nobodys_bill() -> None:
    returned = multipart(nested(0).as_bytes(), kind="report; report-type=delivery-status")
    assert mail.read(returned).unreadable == "bounce"


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("Falcon <Billing@Falcon.ae>", "billing@falcon.ae"),
        ("=?utf-8?B?2LXZgtix?= <a@b.ae>", "a@b.ae"),
        ("a@b.ae, c@d.ae", "a@b.ae"),
        ("nobody", ""),
        ("<a@b>", "a@b"),
        ("a b@c.ae", ""),
        ("<a@-->\x00", ""),
        ("x" * 70 + "@b.ae", ""),
        ("فاتورة@b.ae", ""),
    ],
)
def test_senders(header: str, address: str) -> None:
    read = mail.read(raw(f"From: {header}"))
    assert read.sender == address or (address == "" and "\r" not in read.sender)


def test_headers_of_many_lines_become_one() -> None:
    read = mail.read(
        b"Subject: one\r\n\ttwo =?utf-8?q?th=0D=0Aree?=\r\nMessage-ID:\r\n <1@b>\r\nReferences: <0@b>\r\n\r\nx"
    )
    assert (read.subject, read.message_id, read.references) == ("one two th ree", "<1@b>", "<0@b> <1@b>")


_PIECES = st.sampled_from(
    [
        b"From: ", b"Content-Type: ", b"multipart/mixed; boundary=B", b"message/rfc822", b"application/pdf",
        b"text/html",         b"Content-Disposition: attachment; ", b"filename*=", b"filename*0*=utf-8''%D9",
        b"filename=", b'"', b"\r\n",
        b"\r\n\r\n", b"--B\r\n", b"--B--", b"=?utf-8?b?", b"?=", b"=?x?q?=", b"\xff\xfe", b"\x00", b"charset=nonsense",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode", b"begin 644 a", b"JVBERi0=",
        b"Message-ID: ", b"<", b">", b"@", b"a", b"%PDF-", b"cid:", b"Content-ID: ", b" ", b";", b"Subject: ", b"(",
        b"Received: ", b"multipart/report", b"Content-Type: message/partial; number=1; total=x", b"\xd9\x81", b"\n",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.binary(max_size=12), max_size=40))
def test_hostile_mime_never_raises(pieces: list[bytes]) -> None:
    read = mail.read(b"".join(pieces))
    for text in (read.subject, read.message_id, read.sender, *names(read), *(one.name for one in read.left_out)):
        assert text.isprintable() or not any(sign in text for sign in "\r\n\0")
        text.encode()  # no lone surrogates: it can be stored


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.binary(min_size=1, max_size=300))
def test_what_is_sent_well_arrives(name: str, content: bytes) -> None:
    message = EmailMessage()
    message["From"] = "a@b.ae"
    message.set_content("x")
    message.add_attachment(PDF + content, maintype="application", subtype="pdf", filename="bill.pdf")
    clean = mail_headers.one_line(name)
    assert "\n" not in clean
    (found,) = mail.read(message.as_bytes()).attachments
    assert found.data == PDF + content

"""A checkpoint by e-mail: into a mailbox that somebody else keeps, where nobody of ours can take it back."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from gateway.settings.witnesses import MailServer
from gateway.witnessing.outcomes import Unavailable
from ledger.checkpoint import Note

PATIENCE = 20.0
"""Seconds for one step of the conversation."""


class MailRefused(Exception):
    """The server doesn't take it, and won't later."""


def compose(note: Note, signed: bytes, *, sender: str, receiver: str, now: datetime) -> EmailMessage:
    """The message; the checkpoint is in its text for people and attached byte for byte for verification."""
    message = EmailMessage()
    message["From"], message["To"] = sender, receiver
    message["Subject"] = f"Ledger {note.origin}: {note.size} entries"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(
        f"The ledger {note.origin} has {note.size} entries; the root of their tree is\n\n    {note.root.hex()}\n\n"
        "Please keep this message. The attached checkpoint proves years later that none of these entries was changed\n"
        "or taken away: involinks verify --witness-note checkpoint.txt\n"
    )
    message.add_attachment(signed, maintype="application", subtype="octet-stream", filename="checkpoint.txt")
    return message


def send(message: EmailMessage, server: MailServer) -> None:
    """Hand it over; blocks, so call it in a thread. Raises `Unavailable`, `MailRefused`."""
    try:
        with connected(server) as smtp:
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise (MailRefused if code >= 500 else Unavailable)(
            f"{server.host} doesn't take the address ({code})"
        ) from None
    except smtplib.SMTPResponseException as error:
        if 500 <= error.smtp_code < 600:
            raise MailRefused(f"{server.host} refuses with {error.smtp_code}") from None
        raise Unavailable(f"{server.host} answers {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        # The texts of these may repeat what was said, the password included.
        raise Unavailable(f"the mail server {server.host} can't be used: {type(error).__name__}") from None


def connected(server: MailServer) -> smtplib.SMTP:
    """A connection, secured as the settings say, nobody signed in. Raises smtplib's errors and `OSError`."""
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=ssl.create_default_context())
    smtp = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    if server.security == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp

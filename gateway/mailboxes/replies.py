"""Telling a sender what was understood: at most once for each message, and never a machine.

    replying (committed) -> the mail server is spoken to -> replied

Killed in between, nobody knows whether the answer went out: it is `unknown`, and not sent again. A server that can't be
reached before it was given the answer is tried again.

Who is answered: people only (`ingestion.mail_headers.automatic`), by the mailbox's choice all of them or those whose
bills were taken before, no more than `OF_A_SENDER` and `OF_A_COMPANY` an hour, never one of our own addresses. The
answer goes to From, out of an empty return path, so that what can't be delivered is not answered by anybody.
"""

from __future__ import annotations

import asyncio
import smtplib
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.companies import queries as companies
from gateway.jobqueue import Temporary
from gateway.mailboxes import journal, queries
from gateway.mailboxes.letter import Letter, compose
from gateway.mailboxes.models import MessageView
from gateway.settings import Settings
from gateway.settings.witnesses import MailServer, read_mail_server
from gateway.wiring import Wiring
from gateway.witnessing.mail import connected

OF_A_SENDER, OF_A_COMPANY, WITHIN = 10, 200, timedelta(hours=1)


class Unanswered(Exception):
    """It can't be delivered, and won't be later."""


class Unheard(Exception):
    """The server was given the answer, and said nothing any more."""


async def reply(wiring: Wiring, company_id: UUID, message: UUID, *, now: datetime) -> None:
    """Send a message's answer, or say why it is withheld. Raises `Temporary`."""
    settings = wiring.settings
    async with wiring.database.company(company_id) as db:
        view = await journal.one(db, company_id, message)
        if view is None or view.reply not in {"ordered", "sending"}:
            return
        if view.reply == "sending":  # an attempt that broke off: nobody knows
            lost = "The sending was broken off; whether the answer went out isn't known."
            await journal.replied(db, company_id, message, "unknown", before="sending", reason=lost, now=now)
            return
        withheld = await _withheld(db, company_id, view, settings, now=now)
        if withheld is not None or settings.mail_server is None:
            await journal.replied(db, company_id, message, "withheld", before="ordered", reason=withheld, now=now)
            return
        letter = Letter(
            message=view,
            references=await journal.references(db, company_id, message),
            company=(await companies.profile(db)).legal_name,
            sender=settings.mail_from,
        )
        if not await journal.replying(db, company_id, message, now=now):
            return
    outcome, later = "sent", ""
    reason: str | None = None
    try:
        answer = compose(letter, now=now)
        await asyncio.to_thread(hand_over, answer, read_mail_server(settings.mail_server))
    except Unanswered as error:
        outcome, reason = "refused", str(error)
    except Unheard as error:
        outcome, reason = "unknown", str(error)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        # The texts of these may repeat what was said, the password included.
        outcome, later = "ordered", f"the mail server can't be used: {type(error).__name__}"
    async with wiring.database.company(company_id) as db:
        await journal.replied(db, company_id, message, outcome, before="sending", reason=reason, now=now)
    if later:
        raise Temporary(later)


async def _withheld(
    db: AsyncConnection, company_id: UUID, view: MessageView, settings: Settings, *, now: datetime
) -> str | None:
    """Why this sender isn't told; None where nothing speaks against it."""
    kept = await queries.one(db, company_id, view.mailbox_id)
    if settings.mail_server is None or not settings.mail_from:
        return "no_mail_server"
    if kept is None or kept.replies == "none":
        return "switched_off"
    if view.sender in {settings.mail_from.lower(), kept.username.lower()}:
        return "own_address"
    if kept.replies == "known" and not await journal.is_known(db, company_id, view.sender, view.id):
        return "unknown_sender"
    to_them, altogether = await journal.lately(db, company_id, view.sender, within=WITHIN, now=now)
    return "too_many" if to_them >= OF_A_SENDER or altogether >= OF_A_COMPANY else None


def hand_over(answer: EmailMessage, server: MailServer) -> None:
    """Give it to the mail server; blocks. Raises `Unanswered`, `Unheard`; smtplib's errors while it isn't given."""
    smtp = connected(server)
    try:
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
        code, _ = smtp.mail("")
        if code >= 500:  # a few servers take nothing without a return path
            smtp.rset()
            code, _ = smtp.mail(str(answer["From"]))
        if code == 250:
            code, _ = smtp.rcpt(str(answer["To"]))
        if code >= 500:
            raise Unanswered(f"{server.host} doesn't take the address ({code}).")
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, "not now")
        _given(smtp, answer.as_bytes(policy=SMTP), server.host)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _given(smtp: smtplib.SMTP, content: bytes, host: str) -> None:
    try:
        code, _ = smtp.data(content)
    except smtplib.SMTPDataError as error:
        code = error.smtp_code  # before a byte of it was sent
    except (smtplib.SMTPServerDisconnected, OSError):
        code = -1
    if code >= 500:
        raise Unanswered(f"{host} refuses the answer ({code}).")
    if 400 <= code < 500:
        raise smtplib.SMTPResponseException(code, "not now")
    if code != 250:
        raise Unheard(f"{host} broke off while it was given the answer.")

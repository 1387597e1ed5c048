"""The answer to whoever sent a bill: what was understood of it, in English and Arabic.

Of the mail it repeats the names of the files and nothing else, so that it carries nobody's words to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import msgspec

from gateway.mailboxes import words
from gateway.mailboxes.models import Became, MessageView
from ingestion.mail_headers import LOOP

SHOWN = 30
"""Files that an answer names."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is made of."""

    message: MessageView
    references: str
    company: str
    """Whose mailbox it is."""
    sender: str
    """The address that mail comes from."""


def compose(letter: Letter, *, now: datetime) -> EmailMessage:
    """The answer. Its headers keep other machines from answering it (RFC 3834, section 3)."""
    message, answer = letter.message, EmailMessage()
    answer["From"], answer["To"] = letter.sender, message.sender
    answer["Subject"] = _subject(message)
    answer["Date"] = format_datetime(now)
    answer["Message-ID"] = make_msgid(domain=letter.sender.rpartition("@")[2])
    if _is_id(message.message_id):
        answer["In-Reply-To"] = message.message_id
        answer["References"] = " ".join(one for one in letter.references.split()[-20:] if _is_id(one))
    answer["Auto-Submitted"] = "auto-replied"
    answer["X-Auto-Response-Suppress"] = "All"
    answer["Precedence"] = "bulk"
    answer[LOOP] = str(message.mailbox_id)
    english, arabic = list(_lines(message, 0)), list(_lines(message, 1))
    answer.set_content(
        f"{letter.company} has received your message. What was understood:\n\n" + "\n".join(english) + "\n\n"
        "This answer was made by a machine; a person looks at what couldn't be read.\n\n"
        "----------------------------------------\n\n"
        f"استلمت {letter.company} رسالتكم. وفيما يلي ما فُهم منها:\n\n" + "\n".join(arabic) + "\n\n"
        "كُتب هذا الرد آليًا؛ وما تعذّرت قراءته ينظر فيه أحد الموظفين.\n",
        cte="base64",
    )
    return answer


def _subject(message: MessageView) -> str:
    taken = sum(one.became in {Became.TAKEN, Became.DUPLICATE} for one in message.files)
    if taken:
        return f"Received: {taken} file(s) / تم الاستلام: {taken}"
    return "Nothing could be read / تعذّرت القراءة"


def _lines(message: MessageView, language: int) -> Iterator[str]:
    """`language`: 0 English, 1 Arabic."""
    shown = [one for one in message.files if one.reason != "decoration"]
    for one in shown[:SHOWN]:
        line = f"- {one.name}: {words.BECAME[one.became][language]}"
        if one.reason:
            line += f": {words.of(one.reason, one.words)[language]}"
        yield line
    if len(shown) > SHOWN:
        yield f"- ... (+{len(shown) - SHOWN})"
    if not shown:
        code = message.reason or "no_attachment"
        yield words.of("no_attachment" if code == "left_out" else code)[language]


def _is_id(text: str) -> bool:
    return text.startswith("<") and text.endswith(">") and text.isascii() and text.isprintable() and " " not in text

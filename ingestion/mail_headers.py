"""What stands in a mail's headers, whatever wrote them: names in any encoding, who sent it, whether a machine did.

Senders break the standards daily, some on purpose. Nothing here raises: what can't be read is empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from itertools import islice
from typing import Final

LOOP: Final = "X-InvoLinks-Loop"
"""Stands in every answer of ours; a mail that carries it came around."""

LONGEST_NAME, LONGEST = 150, 300
"""Characters of a file's name, and of any other value."""

_LONGEST_RAW, _MOST = 8000, 500
_ADDRESS = re.compile(
    r"[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f-\uffff]{1,64}@(?=.{1,253}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z"
)
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Marks that turn the direction of writing or aren't seen: a name could show another ending than it has."""
_MACHINES = re.compile(
    r"(mailer-daemon|postmaster|no-?_?reply|do-?_?not-?_?reply|bounces?|listserv|majordomo|owner-.*|.*-request|.*-bounces?)"
    r"([+=-].*)?@",
    re.IGNORECASE,
)


def told(message: Message) -> Message:
    """The message's headers alone, raw eight-bit characters decoded: UTF-8, or else what Arabic Windows writes."""
    plain: Message = Message()
    for name, value in islice(message.raw_items(), _MOST):
        raw = str(value)[:_LONGEST_RAW].encode("utf-8", "surrogateescape")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp1256", "replace")
        plain.set_raw(name, text)
    return plain


def value(headers: Message, name: str, *, longest: int = LONGEST) -> str:
    """A header's text in one line; of several the first."""
    return one_line(words(str(headers.get(name, ""))))[:longest]


def words(text: str) -> str:
    """Encoded words (RFC 2047) decoded, also where they stand in quotes, in which they have no business.

    >>> words("=?utf-8?b?2YHYp9iq2YjYsdip?= 12.pdf")
    'فاتورة 12.pdf'
    """
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError, LookupError):
        return text
    return "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)


def one_line(text: str) -> str:
    """Without control characters, surrogates and runs of blanks; NFC."""
    clean = "".join(" " if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} else one for one in text)
    return unicodedata.normalize("NFC", " ".join(clean.split()))


def file_name(headers: Message) -> str:
    """The name that the sender gave a part, without folders and without marks that hide its ending."""
    try:
        given = headers.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):  # the library's own reading of parameters
        given = ""
    name = _UNSEEN.sub("", one_line(words(str(given)))).replace("\\", "/").rpartition("/")[2].strip(" .\"'")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        short = dot and len(ending) < 10
        name = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if short else name[:LONGEST_NAME]
    return name


def sender(headers: Message) -> str:
    """The address in From, in lower case; empty where there is none that mail could be sent to.

    Of several the first. Sender and Reply-To aren't looked at: an answer goes to who says to have written.
    """
    try:
        addresses = getaddresses([str(headers.get("from", ""))])
    except (ValueError, TypeError, IndexError, AttributeError):
        return ""
    found = addresses[0][1].strip().lower() if addresses else ""
    return found if _ADDRESS.match(found) else ""


def automatic(headers: Message) -> str | None:
    """Why this mail must not be answered (RFC 3834, section 2); None: as far as its headers tell, a person wrote it."""
    for reason, said in _signs(headers).items():
        if said:
            return reason
    return None


def _signs(headers: Message) -> Mapping[str, object]:
    submitted = value(headers, "auto-submitted").partition(";")[0].strip().lower()
    suppress = value(headers, "x-auto-response-suppress").lower()
    who = sender(headers)
    return {
        "loop": headers.get(LOOP),
        "no_sender": not who,
        "bounce": value(headers, "return-path") == "<>" or _is_report(headers),
        "auto_submitted": submitted not in {"", "no"},
        "suppressed": suppress not in {"", "none"},
        "autoreply": headers.get("x-autoreply") or headers.get("x-autorespond"),
        "list": headers.get("list-id") or headers.get("list-unsubscribe") or headers.get("list-post"),
        "bulk": value(headers, "precedence").lower() in {"bulk", "list", "junk", "auto_reply"},
        "machine": _MACHINES.match(who),
    }


def is_bounce(headers: Message) -> bool:
    """A report about another mail: what hangs on it is that other mail."""
    return _is_report(headers)


def _is_report(headers: Message) -> bool:
    return headers.get_content_type() == "multipart/report"


def _decoded(piece: bytes, charset: str | None) -> str:
    for one in (charset or "ascii", "utf-8", "cp1256"):
        try:
            return piece.decode(one)
        except (LookupError, UnicodeError, ValueError):
            continue
    return piece.decode("latin-1")

"""Files to keep: how an answer names itself to whoever saves it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


def attachment(name: str, extension: str) -> str:
    """A Content-Disposition (RFC 6266): never shown in the browser, named by `name`.

    `filename` is plain ASCII without anything that a path or a shell could mind; `filename*` (RFC 8187) is the name
    itself, for those who read it.

    >>> attachment("INV-7", "xml")
    'attachment; filename="INV-7.xml"; filename*=UTF-8\\'\\'INV-7.xml'
    >>> attachment("../فاتورة 7", "xml").split("; ")[1]
    'filename="7.xml"'
    """
    plain = _UNSAFE.sub("-", name).strip(".-") or "document"
    return f"attachment; filename=\"{plain[:100]}.{extension}\"; filename*=UTF-8''{quote(name, safe='')}.{extension}"

"""U-NAPTR records (RFC 4848) as the locator publishes them: which publisher speaks for a participant."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from peppol.errors import Temporary

SERVICE = "meta:smp"
_WHOLE = frozenset({".*", "^.*$", "^.*", ".*$"})


class Naptr(msgspec.Struct, frozen=True):
    """One record, as far as it matters (RFC 3403, section 4.1)."""

    order: int
    preference: int
    flags: str
    service: str
    regexp: str


def publisher_url(records: Iterable[Naptr], *, schemes: frozenset[str] = frozenset({"https"})) -> str:
    """The base address of the publisher, without a final slash: the first usable record by order, then preference.

    Raises `Temporary` where there are records and none can be used: the zone is wrong, the participant may exist.
    """
    for record in sorted(records, key=lambda one: (one.order, one.preference)):
        if record.flags.upper() == "U" and record.service.lower() == SERVICE:
            url = _replacement(record.regexp)
            if url is not None and urlsplit(url).scheme in schemes and urlsplit(url).hostname:
                return url.rstrip("/")
    raise Temporary("The locator's record for this participant names no publisher that can be asked over HTTPS")


def _replacement(regexp: str) -> str | None:
    """What `!.*!https://host/path!` puts in place of the whole name; None for anything that isn't so plain."""
    if len(regexp) < 4 or regexp[-1] != regexp[0]:
        return None
    parts = regexp[1:-1].split(regexp[0])
    if len(parts) != 2 or parts[0] not in _WHOLE or "\\" in parts[1]:
        return None
    return parts[1]

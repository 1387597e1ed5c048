"""What an attempt has brought, and when the next one comes: pure functions.

| what came back                              | what becomes of the delivery                       |
|---------------------------------------------|----------------------------------------------------|
| 2xx                                         | delivered                                          |
| 410                                         | the endpoint is paused at once, the delivery waits |
| 429, 503 with Retry-After                   | again after that time, at most a day               |
| anything else: 3xx, 4xx, 5xx, no answer ... | again after the backoff                            |
| the same after three days                   | dead, while the endpoint takes others              |
| nothing but failures for three days         | the endpoint is paused, its deliveries wait        |
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from gateway.observability.masking import REDACTED, mask
from peppol.errors import PeppolError
from peppol.outward import Answer

TRIED_FOR = timedelta(days=3)
"""A delivery to an endpoint that takes others; and how long an endpoint may fail before it is paused."""
FIRST_RETRY, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=8)
LONGEST_REST, SLOW = timedelta(hours=1), timedelta(seconds=3)
LONGEST_ASKED = timedelta(days=1)
"""However long a receiver asks us to wait."""
SHOWN = 500
"""Characters of an answer that the log keeps."""

READ = 4096
"""Bytes of an answer that are read at all; its status counts, not its text."""

_SECRET = re.compile(r"whsec_[^\s\"'<>]*")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt has brought."""

    outcome: Literal["delivered", "failed", "gone"]
    status: int | None = None
    reason: str = ""
    """In words, where it wasn't delivered."""
    answer: str = ""
    """The beginning of what came back, without secrets."""
    after: timedelta | None = None
    """How long the receiver asked us to wait."""


def judge(answer: Answer, *, now: datetime, hidden: Iterable[str] = ()) -> Outcome:
    """What an answer means. Redirects are not followed: an address that moved has to be changed here by a person.

    `hidden`: secrets that the log mustn't show, in case that the receiver repeats them.
    """
    status, shown = answer.status, beginning(answer.body, hidden)
    if 200 <= status < 300:
        return Outcome(outcome="delivered", status=status, answer=shown)
    if status == 410:
        reason = "The receiver says that this address is gone (410)."
        return Outcome(outcome="gone", status=status, answer=shown, reason=reason)
    if 300 <= status < 400:
        reason = f"The receiver points elsewhere ({status}); redirects are never followed."
    else:
        reason = f"The receiver answered {status}."
    after = asked(answer.headers, now=now) if status in {429, 503} else None
    return Outcome(outcome="failed", status=status, answer=shown, reason=reason, after=after)


def unanswered(error: PeppolError) -> Outcome:
    """No usable answer: the connection failed, was refused as unsafe, or took too long."""
    return Outcome(outcome="failed", reason=f"{error}.")


def asked(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """`Retry-After` (RFC 9110, section 10.2.3), in seconds or as a date; None where it says nothing of use.

    >>> asked({"retry-after": "120"}, now=datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        wait = timedelta(seconds=min(int(given[:9]), 10**8))
    else:
        try:
            until = parsedate_to_datetime(given)
        except ValueError:
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(seconds=1)), LONGEST_ASKED)


def backoff(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 5 s, doubling, at most 8 hours, shaken so that a herd spreads out."""
    longest = min(FIRST_RETRY.total_seconds() * 2 ** min(attempts - 1, 20), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=longest * random.uniform(0.75, 1))  # noqa: S311 - spreads load, guards nothing


def beginning(body: bytes, hidden: Iterable[str] = ()) -> str:
    """The first characters of an answer, printable and masked like a log line; secrets of webhooks are cut out.

    >>> beginning(b"expected whsec_abc123, got nothing")
    'expected [redacted] got nothing'
    """
    text = body[:READ].decode("utf-8", "replace")
    for secret in hidden:
        text = text.replace(secret, REDACTED)
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    return mask(_SECRET.sub(REDACTED, text))[:SHOWN]


def rest(stumbles: int, outcomes: Sequence[Outcome], took: timedelta) -> timedelta:
    """How long an endpoint isn't called at all after a turn; zero: the next may follow at once.

    As long as it asked for; after several failures in a row (`stumbles`, counted from there) a growing time, at most an
    hour; and as long as a slow turn took, so that a slow receiver has a worker for half of the time at most.
    """
    asked_for = max((outcome.after for outcome in outcomes if outcome.after), default=timedelta())
    growing = min(backoff(stumbles), LONGEST_REST) if stumbles > 0 else timedelta()
    return max(asked_for, growing, took if took > SLOW else timedelta())

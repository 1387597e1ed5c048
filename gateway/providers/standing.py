"""What looks at a line come to: how it stands, since when, when to look again, and whether that is news."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from gateway import events
from peppol.message import Condition, Health

ACTOR = "system:providers"

_PAUSES = {
    Condition.WELL: timedelta(minutes=5),
    Condition.REFUSES_US: timedelta(minutes=5),
    Condition.UNREACHABLE: timedelta(minutes=1),
}
"""Until the next look."""
_DOUBT = timedelta(minutes=1)
_LONGEST = 500
"""Characters of a provider's words."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a line stands, by the looks so far."""

    condition: Condition
    since: datetime
    """When the condition began."""
    detail: str
    """The provider's words, or why it can't be reached."""
    looked_at: datetime
    doubted_at: datetime | None = None
    """When it first didn't answer, as long as that is no more than a doubt."""
    look_at: datetime
    """When it is due for the next look."""


def judged(before: Standing | None, found: Health, *, now: datetime) -> Standing:
    """How a line stands after a look.

    A provider that answered until now and once doesn't is doubted and looked at again soon; the second silence is the
    outage, which then began with the first. An answer counts at once. A look older than the last one changes nothing.
    """
    if before is not None and now < before.looked_at:
        return before
    silent = found.condition is Condition.UNREACHABLE
    if before is not None and silent and before.condition is not Condition.UNREACHABLE and before.doubted_at is None:
        return msgspec.structs.replace(before, looked_at=now, doubted_at=now, look_at=now + _DOUBT)
    same = before is not None and before.condition is found.condition
    began = before.since if before is not None and same else (before.doubted_at if before and silent else None) or now
    return Standing(
        condition=found.condition,
        since=began,
        detail=found.detail.replace("\0", "")[:_LONGEST],
        looked_at=now,
        look_at=now + _PAUSES[found.condition],
    )


def news(before: Standing | None, after: Standing) -> bool:
    """Whether somebody should be told; that a new line is well goes without saying."""
    was = Condition.WELL if before is None else before.condition
    return was is not after.condition


class News(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of the events `provider.well`, `provider.refuses_us`, `provider.unreachable`, and a job's payload."""

    provider: str
    """The adapter."""
    label: str
    """What the company calls the account; empty for the installation's provider."""
    condition: Condition
    since: datetime
    detail: str

    @staticmethod
    def of(standing: Standing, *, provider: str, label: str = "") -> News:
        """What is told of a line."""
        return News(
            provider=provider,
            label=label,
            condition=standing.condition,
            since=standing.since,
            detail=standing.detail,
        )

    def event(self, subject_id: UUID, *, now: datetime) -> events.Event:
        """`subject_id`: the account; of the installation's provider the company that is told."""
        return events.Event(
            f"provider.{self.condition}", subject_id, now, ACTOR, msgspec.Raw(msgspec.json.encode(self))
        )

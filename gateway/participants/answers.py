"""Answers about registrations, kept for a while in this process: yes and no, never "can't tell"."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from gateway.participants.kinds import NetworkKind
from peppol.identifiers import DocumentTypeId, ParticipantId

KEPT_YES = timedelta(minutes=15)
KEPT_NO = timedelta(minutes=5)
"""Shorter, because people ask again after they have told the receiver to register."""
_MOST = 20_000


class Answer(msgspec.Struct, frozen=True):
    """What one source said of one participant and kind."""

    registered: DocumentTypeId | None
    """The registration that takes it, perhaps a wildcard; None: surely none."""
    asked_at: datetime
    kept_until: datetime


class Answers:
    """The latest answers, the least recently used dropped first. A source is one account, or the network itself."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, ParticipantId, NetworkKind], Answer] = OrderedDict()

    def find(self, source: str, participant: ParticipantId, kind: NetworkKind, *, now: datetime) -> Answer | None:
        """What is known and still holds."""
        key = (source, participant, kind)
        known = self._kept.get(key)
        if known is None or known.kept_until <= now:
            return None
        self._kept.move_to_end(key)
        return known

    def keep(
        self,
        source: str,
        participant: ParticipantId,
        kind: NetworkKind,
        registered: DocumentTypeId | None,
        *,
        now: datetime,
    ) -> Answer:
        """Keep an answer that was just given."""
        key = (source, participant, kind)
        made = self._kept[key] = Answer(registered, now, now + (KEPT_NO if registered is None else KEPT_YES))
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made

"""Message Level Status: what the receiver's access point says of a message of ours, by the envelope's instance id.

It is addressed to service providers, not to a company, so whose it is follows from the message that it answers. It is
believed from the line that took that message only, and where its envelope and its content name the same parties.
"""

from __future__ import annotations

from datetime import datetime

import ubl
from gateway.arrivals import ours
from gateway.arrivals.errors import AnswersNothing
from gateway.arrivals.line import Line
from gateway.http.problems import Invalid
from gateway.inbound.opened import Opened, Receipt
from gateway.wiring import Wiring
from peppol.message import StatusEvent
from peppol.statuses import Outcome
from ubl import mls, spis

_OUTCOMES = {
    mls.Code.ACCEPTED: Outcome.DELIVERED,
    mls.Code.ACKNOWLEDGED: Outcome.TAKEN,
    mls.Code.REJECTED: Outcome.REFUSED,
}


async def take(wiring: Wiring, line: Line, opened: Opened, *, now: datetime) -> Receipt:
    """Record what it says, once. Raises AnswersNothing, and Invalid for what can't be read or contradicts itself."""
    event = _event(opened)
    answered = await ours.by_key(wiring, line, event.key)
    if answered is None:
        raise AnswersNothing(event.key)
    return Receipt(answered.transmission_id, duplicate=not await ours.learn(wiring, answered, event, now=now))


def _event(opened: Opened) -> StatusEvent:
    try:
        status = mls.read(opened.message.document)
    except ubl.ReadError as error:
        raise Invalid(f"The message level status can't be read: {error.reason}") from error
    for role, announced, stated in (
        ("sender", opened.message.sender, status.sender),
        ("receiver", opened.message.receiver, status.receiver),
    ):
        if announced.value.lower() != f"{spis.SCHEME}:{stated}".lower():
            raise Invalid(f"The envelope names {announced.value} as {role}, the message level status {stated[:60]!r}.")
    told = [status.description or "", *(issue.description for issue in status.issues)]
    undelivered = {issue.reason for issue in status.issues} & mls.FAILURES == {mls.Reason.NOT_DELIVERED}
    refused = status.code is mls.Code.REJECTED
    return StatusEvent(
        event_id=f"mls/{opened.message.instance_id}",
        key=status.reference,
        outcome=Outcome.UNDELIVERABLE if refused and undelivered else _OUTCOMES[status.code],
        at=status.issued,
        reason="; ".join(text for text in told if text) if refused else "",
        evidence=opened.envelope,
    )

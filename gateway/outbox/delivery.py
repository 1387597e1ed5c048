"""The call itself, outside any transaction."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

import msgspec

from gateway.outbox.cargo import Underway
from gateway.wiring import Wiring
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.message import Submission
from peppol.provider import Provider

_T = TypeVar("_T")


async def deliver(wiring: Wiring, underway: Underway) -> Submission:
    """Hand it over; raises the provider's errors.

    What may be with the provider is asked for by its key; only where it surely isn't there, it is submitted (or where
    a second submission under the same key is the first one). Not being able to ask leaves the outcome as unknown as
    it was.
    """
    line, message = underway.line, underway.message
    if isinstance(line, PeppolError):
        raise _doubt(line) if underway.ask_first else line
    if isinstance(message, PeppolError) and not underway.ask_first:
        raise message
    host, now = line.host, underway.started_at
    wiring.circuits.enter(host, now)
    asks = line.capabilities.finds_by_key or not line.capabilities.idempotent
    if underway.ask_first and asks:
        try:
            found = await _watched(wiring, host, now, line.find(underway.key))
        except (Temporary, Permanent, Precondition) as error:
            raise _doubt(error) from error
        if found is not None:
            return found
        if underway.doubted and not line.capabilities.idempotent:
            raise OutcomeUnknown("An earlier call may still be on its way, or has arrived; it is asked for again")
    outgoing = underway.barred or message
    if isinstance(outgoing, PeppolError):
        raise outgoing if asks or not underway.ask_first else _doubt(outgoing)
    message = msgspec.structs.replace(outgoing, instance_id=underway.key, created_at=underway.begun_at)
    return await _watched(wiring, host, now, line.submit(message, underway.key))


def hopeless(line: Provider | PeppolError) -> bool:
    """Asking by key or sending again under it will never tell what became of an earlier call."""
    if isinstance(line, PeppolError):
        return False
    return not line.capabilities.finds_by_key and not line.capabilities.idempotent


def _doubt(error: PeppolError) -> OutcomeUnknown:
    doubt = OutcomeUnknown(f"An earlier attempt may have arrived, and the provider can't tell: {error}")
    doubt.evidence = error.evidence
    return doubt


async def _watched(wiring: Wiring, host: str, now: datetime, call: Awaitable[_T]) -> _T:
    """Tell the host's circuit how the call went."""
    try:
        answer = await call
    except PeppolError as error:
        paused = isinstance(error, Temporary) and error.retry_after is not None
        if isinstance(error, Temporary | OutcomeUnknown) and not paused:
            wiring.circuits.failed(host, now)
        else:
            wiring.circuits.answered(host)
        raise
    wiring.circuits.answered(host)
    return answer

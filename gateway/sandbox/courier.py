"""Corner 3 and the postman: hands envelopes to their receivers and tells senders what happened, again until it works.

A hand-over is repeated until the receiver answers, so a receiver sees an envelope at least once; it knows a repetition
by the envelope's instance id. Only what the receiver itself says ends the attempts.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from datetime import UTC, datetime

import httpx
import msgspec

from gateway.sandbox.faults import Fault, Order, Point
from gateway.sandbox.journal import Journal, Participant, Untold, Waiting
from peppol import signature
from peppol.identifiers import ParticipantId
from peppol.providers.sandbox_wire import ENVELOPE_TYPE, Told
from peppol.statuses import Outcome

ATTEMPTS = 60
"""After that many hand-overs without an answer, a receiver counts as unreachable: about half an hour."""

_IDLE = 0.5
_AT_ONCE = 8


class Courier:
    """Works on what the journal says is due; holds nothing that matters in memory."""

    def __init__(self, journal: Journal) -> None:
        """Nothing runs before `work`."""
        self._journal = journal
        self._client = httpx.AsyncClient(timeout=30, follow_redirects=False, trust_env=False)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something new is due."""
        self._woken.set()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def work(self) -> None:
        """Hand over and tell until cancelled."""
        while True:
            self._woken.clear()
            now = datetime.now(UTC)
            waiting, untold = self._journal.waiting(now, _AT_ONCE), self._journal.untold(now, _AT_ONCE)
            if waiting or untold:
                await asyncio.gather(*(self._hand_over(each) for each in waiting), self._tell_all(untold))
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _IDLE)

    def acknowledged(self, message: Waiting) -> None:
        """Its receiver fetched it and has it for good."""
        self._settle(message, [(Outcome.DELIVERED, "")])
        self.wake()

    async def _hand_over(self, message: Waiting) -> None:
        order = self._journal.strike(Point.DELIVER, (message.sender, message.receiver), message.key)
        fault = order.fault if order else None
        receiver = self._journal.participant(message.receiver)
        if ParticipantId(message.receiver).predefined:
            self._settle(message, [])
        elif fault is Fault.C3_REFUSES:
            self._settle(message, [(Outcome.REFUSED, "The document breaks the receiver's rules (ordered)")])
        elif fault is Fault.C3_UNREACHABLE or receiver is None:
            self._settle(message, [(Outcome.UNDELIVERABLE, "The receiver's access point can't be reached")])
        elif order is not None and fault is Fault.DELIVER_LATE:
            self._journal.postpone(message.key, _later(order.seconds))
        elif not receiver.deliver_to:
            self._journal.shelve(message.key)
        else:
            await self._post_envelope(message, receiver, order)

    async def _post_envelope(self, message: Waiting, receiver: Participant, order: Order | None) -> None:
        fault = order.fault if order else None
        secret = secrets.token_hex() if fault is Fault.DELIVER_FORGED else receiver.secret
        status, answer = 0, b""
        for _ in range(2 if fault is Fault.DELIVER_TWICE else 1):
            status, answer = await self._post(receiver.deliver_to, secret, message.reference, message.envelope)
            self._journal.handed_over(message.key, status, datetime.now(UTC))
        if 200 <= status < 300:
            late = fault is Fault.C3_LATE_UNDELIVERABLE
            after = [(Outcome.UNDELIVERABLE, "Called undeliverable after all (ordered)")] if late else []
            self._settle(message, [(Outcome.DELIVERED, ""), *after])
        elif status == 404:
            self._settle(message, [(Outcome.UNDELIVERABLE, _detail(answer))])
        elif status in {400, 413, 415, 422}:
            self._settle(message, [(Outcome.REFUSED, _detail(answer))])
        elif message.attempts + 1 >= ATTEMPTS:
            self._settle(message, [(Outcome.UNDELIVERABLE, f"No answer from the receiver in {ATTEMPTS} attempts")])
        else:
            self._journal.postpone(message.key, _backoff(message.attempts))

    def _settle(self, message: Waiting, outcomes: list[tuple[Outcome, str]]) -> None:
        """End the hand-over; what wasn't refused or lost is reported to corner 5."""
        report = not outcomes or outcomes[0][0] is Outcome.DELIVERED
        if report:
            order = self._journal.strike(Point.REPORT, (message.sender, message.receiver), message.key)
            refused = order is not None and order.fault is Fault.C5_REFUSES
            told = (Outcome.REPORT_REFUSED, "Refused (ordered)") if refused else (Outcome.REPORTED, "")
            outcomes = [*outcomes[:1], told, *outcomes[1:]]
        self._journal.settle(message.key, outcomes, datetime.now(UTC), report=report)

    async def _tell_all(self, untold: list[Untold]) -> None:
        first = untold[0] if untold else None
        order = self._journal.strike(Point.TELL, (first.sender, first.receiver), first.event.key) if first else None
        fault = order.fault if order else None
        for each in reversed(untold) if fault is Fault.TELL_REVERSED else untold:
            await self._tell(each, fault if each is first else None)

    async def _tell(self, untold: Untold, fault: Fault | None) -> None:
        sender = self._journal.participant(untold.sender)
        event_id = untold.event.event_id
        if sender is None or not sender.tell or fault is Fault.TELL_NEVER or untold.attempts >= ATTEMPTS:
            self._journal.told(event_id)
            return
        secret = secrets.token_hex() if fault is Fault.TELL_FORGED else sender.secret
        body = msgspec.json.encode(Told((untold.event,)))
        status = 0
        for _ in range(2 if fault is Fault.TELL_TWICE else 1):
            status, _answer = await self._post(sender.tell, secret, event_id, body)
        if 200 <= status < 300:
            self._journal.told(event_id)
        else:
            self._journal.tell_later(event_id, _backoff(untold.attempts))

    async def _post(self, url: str, secret: str, call_id: str, body: bytes) -> tuple[int, bytes]:
        """Status and the answer's beginning; status 0 where no answer came."""
        headers = signature.sign(secret.encode(), call_id, body, datetime.now(UTC))
        headers["content-type"] = ENVELOPE_TYPE if body.startswith(b"<") else "application/json"
        try:
            response = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            return 0, b""
        return response.status_code, response.content[:4096]


def _later(seconds: float) -> float:
    return datetime.now(UTC).timestamp() + seconds


def _backoff(attempts: int) -> float:
    return _later(min(0.2 * 2**attempts, 30.0))


def _detail(answer: bytes) -> str:
    """The sentence of a problem (RFC 9457), where the receiver sent one."""
    try:
        return msgspec.json.decode(answer, type=_Problem).detail[:500]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "The receiver's access point gave no reason"


class _Problem(msgspec.Struct):
    detail: str = ""

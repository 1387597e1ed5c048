"""Corner 3 and the postman: hands envelopes to their receivers and tells senders what happened, again until it works.

A hand-over is repeated until the receiver answers, so a receiver sees an envelope at least once; it knows a repetition
by the envelope's instance id. Only what the receiver itself says ends the attempts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import httpx
import msgspec

from gateway.sandbox.buyers import answered
from gateway.sandbox.faults import EFFECTS, Fault, Order, Point
from gateway.sandbox.journal import Journal, Participant
from gateway.sandbox.magic import BY_ID
from gateway.sandbox.tables import Untold, Waiting
from peppol import signature
from peppol.identifiers import ParticipantId
from peppol.providers.sandbox_wire import ENVELOPE_TYPE, Told
from peppol.statuses import MEANINGS, Outcome

ATTEMPTS = 60
"""After that many hand-overs without an answer, a receiver counts as unreachable: about half an hour."""

_IDLE = 0.5
_LANE = 4
"""Hand-overs to one receiver at the same time; a slow one holds up nobody else."""
_BATCH = 8
"""Events that one sender is told in a row."""
_ORDERED = "Ordered at the sandbox's desk, or by the receiver's number"

log = logging.getLogger(__name__)


class Courier:
    """Works on what the journal says is due; holds nothing that matters in memory."""

    def __init__(self, journal: Journal) -> None:
        """Nothing runs before `work`."""
        self._journal = journal
        self._client = httpx.AsyncClient(
            timeout=30, follow_redirects=False, trust_env=False, limits=httpx.Limits(max_connections=None)
        )
        self._woken = asyncio.Event()
        self._lanes: Counter[str] = Counter()
        self._busy: set[str] = set()
        """Keys of messages that are being handed over, and senders that are being told."""
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something new is due."""
        self._woken.set()

    async def close(self) -> None:
        """Give up what is under way, which is as if it had been killed, and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def work(self) -> None:
        """Start whatever is due, until cancelled; nothing waits for anything else to end."""
        while True:
            self._woken.clear()
            now = datetime.now(UTC)
            for message in self._journal.waiting(now, _LANE):
                if message.key not in self._busy and self._lanes[message.receiver] < _LANE:
                    self._begin(message.key, self._hand_over(message), lane=message.receiver)
            for sender, untold in groupby(sorted(self._journal.untold(now, _BATCH), key=_sender), key=_sender):
                if f"tell {sender}" not in self._busy:
                    self._begin(f"tell {sender}", self._tell_all(list(untold)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _IDLE)

    def acknowledged(self, message: Waiting) -> None:
        """Its receiver fetched it and has it for good."""
        self._settle(message, (Outcome.DELIVERED,))
        self.wake()

    def _begin(self, name: str, work: Coroutine[Any, Any, None], *, lane: str = "") -> None:
        """One task at a time under this name; whatever it ends with, the next look finds what is due then."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        self._busy.add(name)
        self._lanes[lane] += 1

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._busy.discard(name)
            self._lanes[lane] -= 1
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("%s failed", name, exc_info=error)
                return  # the next look comes after a pause, not at once
            self.wake()

        task.add_done_callback(ended)

    async def _hand_over(self, message: Waiting) -> None:
        self._report(message)
        order = self._journal.orders.strike(Point.DELIVER, (message.sender, message.receiver), message.key)
        verdict = EFFECTS[order.fault].verdict if order else None
        receiver = self._journal.participant(message.receiver)
        if ParticipantId(message.receiver).predefined:
            self._settle(message, ())
        elif verdict is not None:
            self._settle(message, (verdict,), _ORDERED)
        elif receiver is None:
            self._settle(message, (Outcome.UNDELIVERABLE,), "The receiver isn't on this network")
        elif order is not None and order.fault is Fault.DELIVER_LATE:
            self._journal.postpone(message.key, _later(order.seconds))
        elif receiver.id in BY_ID:
            self._delivered(message, order)
        elif not receiver.deliver_to:
            self._journal.shelve(message.key)
        else:
            await self._post_envelope(message, receiver, order)

    async def _post_envelope(self, message: Waiting, receiver: Participant, order: Order | None) -> None:
        fault = order.fault if order else None
        secret = secrets.token_hex() if fault is Fault.DELIVER_FORGED else receiver.secret
        envelope = self._journal.envelope(message.key)
        status, answer = 0, b""
        for _ in range(2 if fault is Fault.DELIVER_TWICE else 1):
            status, answer = await self._post(receiver.deliver_to, secret, message.reference, envelope)
            self._journal.handed_over(message.key, status, datetime.now(UTC))
        if 200 <= status < 300:
            self._delivered(message, order)
        elif status == 404:
            self._settle(message, (Outcome.UNDELIVERABLE,), _detail(answer))
        elif status in {400, 413, 415, 422}:
            self._settle(message, (Outcome.REFUSED,), _detail(answer))
        elif message.attempts + 1 >= ATTEMPTS:
            self._settle(message, (Outcome.UNDELIVERABLE,), f"No answer from the receiver in {ATTEMPTS} attempts")
        else:
            self._journal.postpone(message.key, _backoff(message.attempts))

    def _delivered(self, message: Waiting, order: Order | None) -> None:
        """Corner 4 has it; what is said of that, an order may decide, and a magic receiver may answer."""
        told = EFFECTS[order.fault].told if order else None
        if told is None:
            magic = BY_ID.get(message.receiver)
            said = magic.answers if magic else None
            by_status = () if said is None or answered(self._journal, message, said, datetime.now(UTC)) else (said,)
            self._settle(message, (Outcome.DELIVERED, *by_status), _ORDERED)
        else:
            self._settle(message, told, _ORDERED)

    def _settle(self, message: Waiting, outcomes: tuple[Outcome, ...], reason: str = "") -> None:
        """End the hand-over."""
        told = [(outcome, reason if MEANINGS[outcome].negative else "") for outcome in outcomes]
        self._journal.settle(message.key, told, datetime.now(UTC))

    def _report(self, message: Waiting) -> None:
        """Corner 2 reports to corner 5 what it sends, whatever becomes of it at corner 3."""
        if message.reported:
            return
        order = self._journal.orders.strike(Point.REPORT, (message.sender, message.receiver), message.key)
        refused = order is not None and order.fault is Fault.C5_REFUSES
        told = [] if order else [(Outcome.REPORTED, "")]
        if refused:
            told = [(Outcome.REPORT_REFUSED, _ORDERED)]
        self._journal.report(message.key, told, datetime.now(UTC), recorded=not refused)

    async def _tell_all(self, untold: list[Untold]) -> None:
        """Tell one sender, in order."""
        for each in untold:
            order = self._journal.orders.strike(Point.TELL, (each.sender, each.receiver), each.event.key)
            await self._tell(each, order)

    async def _tell(self, untold: Untold, order: Order | None) -> None:
        sender = self._journal.participant(untold.sender)
        event_id, fault = untold.event.event_id, order.fault if order else None
        if sender is None or not sender.tell or fault is Fault.TELL_NEVER or untold.attempts >= ATTEMPTS:
            self._journal.told(event_id)
            return
        if order is not None and fault is Fault.TELL_LATE:
            self._journal.tell_later(event_id, _later(order.seconds))
            return
        if fault is Fault.TELL_REVERSED:
            self._journal.hold(event_id)
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


def _sender(untold: Untold) -> str:
    return untold.sender


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

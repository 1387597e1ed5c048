"""Circuit breakers: a host that fails again and again is left alone for a while, and then tried by one call.

    closed     every call goes through; so many failures in a row open it
    open       no call is made
    half-open  after a while one call goes through: its success closes the circuit, its failure opens it for longer

One set per process, kept in memory: each process finds out for itself, which costs each a few calls and needs no
table. A pause that a provider asks for (Retry-After) holds for one account, since limits are an account's.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

FAILURES = 5
"""In a row, until a circuit opens."""
FIRST, LONGEST = timedelta(seconds=15), timedelta(minutes=5)
"""How long it stays open: doubling with each failed trial."""
TRIAL = timedelta(minutes=2)
"""After this a trial that never told its outcome is forgotten."""


class _Circuit:
    __slots__ = ("failures", "opened", "until")

    def __init__(self) -> None:
        self.failures, self.opened = 0, 0
        self.until: datetime | None = None


class Circuits:
    """The circuits of one process, by host; one event loop's."""

    def __init__(self) -> None:
        """All closed."""
        self._hosts: dict[str, _Circuit] = {}
        self._pauses: dict[str, datetime] = {}

    def wait(self, host: str, account: str, now: datetime) -> timedelta | None:
        """None where a call may be made; otherwise how long to leave it, some jitter added so that a herd spreads out.

        Asking changes nothing; see `enter`.
        """
        circuit = self._hosts.get(host)
        until = max(self._pauses.get(account, now), (circuit.until if circuit else None) or now)
        if until <= now:
            return None
        return (until - now) * random.uniform(1, 1.25)  # noqa: S311 - spreads load, guards nothing

    def enter(self, host: str, now: datetime) -> None:
        """A call is about to be made: of a circuit whose time is over it is the trial, and others wait for it."""
        circuit = self._hosts.get(host)
        if circuit is not None and circuit.until is not None:
            circuit.until = now + TRIAL

    def answered(self, host: str) -> None:
        """The host answered, whatever it said."""
        self._hosts.pop(host, None)

    def failed(self, host: str, now: datetime) -> None:
        """The host couldn't be reached, failed, or left us without an answer."""
        circuit = self._hosts.setdefault(host, _Circuit())
        circuit.failures += 1
        if circuit.until is not None or circuit.failures >= FAILURES:
            circuit.until = now + min(FIRST * 2 ** min(circuit.opened, 10), LONGEST)
            circuit.opened += 1

    def pause(self, account: str, until: datetime) -> None:
        """This account is asked for patience."""
        self._pauses[account] = max(until, self._pauses.get(account, until))

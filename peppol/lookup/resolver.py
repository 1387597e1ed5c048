"""Ask the Service Metadata Locator over DNS: U-NAPTR, with the answers kept for as long as the zone says."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.resolver
import msgspec
from dns.rdtypes.IN.NAPTR import NAPTR

from peppol.errors import Temporary
from peppol.identifiers import ParticipantId
from peppol.lookup.names import dns_name
from peppol.lookup.naptr import Naptr, publisher_url

_KEPT = 10_000
_LONGEST = 900.0
"""Seconds: a zone may say more, but a participant who moves must be found within a quarter of an hour."""


class Zone(msgspec.Struct, frozen=True):
    """Where participants are looked for."""

    name: str
    nameservers: tuple[str, ...] = ()
    """IP addresses; empty: those of this machine."""
    port: int = 53
    schemes: frozenset[str] = frozenset({"https"})
    """Of the publishers' addresses. Plain HTTP ended on 2026-02-01; test installations may still speak it."""


class Resolver(Protocol):
    """Finds the publisher of a participant."""

    async def publisher(self, participant: ParticipantId) -> str | None:
        """Base address; None: surely not registered. Raises `Temporary` where the locator can't tell."""
        ...


class DnsResolver:
    """See `Resolver`. Answers, the negative ones too, are kept as long as their time to live, at most 15 minutes."""

    def __init__(self, zone: Zone, *, seconds: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._zone = zone
        self._clock = clock
        self._resolver = dns.asyncresolver.Resolver(configure=not zone.nameservers)
        if zone.nameservers:
            self._resolver.nameservers = list(zone.nameservers)
            self._resolver.port = zone.port
        self._resolver.lifetime = seconds
        self._kept: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def publisher(self, participant: ParticipantId) -> str | None:
        """One question for each participant and time to live."""
        name = dns_name(participant, self._zone.name)
        known = self._kept.get(name)
        if known is not None and known[0] > self._clock():
            return known[1]
        records, seconds = await self._ask(name)
        url = publisher_url(records, schemes=self._zone.schemes) if records else None
        self._kept[name] = (self._clock() + min(seconds, _LONGEST), url)
        self._kept.move_to_end(name)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return url

    async def _ask(self, name: str) -> tuple[Sequence[Naptr], float]:
        try:
            answer = await self._resolver.resolve(f"{name}.", "NAPTR")
        except dns.resolver.NXDOMAIN:
            return (), 60.0
        except dns.resolver.NoAnswer:
            return (), 60.0
        except (dns.exception.DNSException, OSError) as error:
            raise Temporary(f"The locator gives no answer ({type(error).__name__})") from error
        if answer.rrset is None:
            raise Temporary("The locator gives an empty answer")
        return [_naptr(record) for record in answer if isinstance(record, NAPTR)], float(answer.rrset.ttl)


def _naptr(record: NAPTR) -> Naptr:
    return Naptr(
        order=record.order,
        preference=record.preference,
        flags=record.flags.decode("ascii", "replace"),
        service=record.service.decode("ascii", "replace"),
        regexp=record.regexp.decode("ascii", "replace"),
    )

"""The network's own directory (SML and SMP) as the settings name it: the zone, and whom to trust there.

It answers where a provider can't be asked. In test mode all the world may be loopback; in live mode no answer leads
inwards, be it the locator's, the publisher's or the access point's address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography import x509

from gateway.settings import Settings, SettingsError
from peppol.errors import Precondition
from peppol.identifiers import DocumentTypeId, ParticipantId, ProcessId
from peppol.lookup import Lookup, Zone
from peppol.lookup.resolver import DnsResolver
from peppol.lookup.trust import read_authorities
from peppol.outward import Outward

ZONES: Final = {
    "test": "participant.sml.test.tech.peppol.org",
    "prod": "participant.sml.prod.tech.peppol.org",
}
"""Setting -> the locator's zone (SML 1.3.0; those of the European Commission end in 2026)."""

_KEEP = timedelta(seconds=30)
"""For as long as one question about several kinds of document takes; answers are kept by whoever asks."""


class Directory(msgspec.Struct, frozen=True):
    """What the network says of participants."""

    lookup: Lookup
    outward: Outward

    async def find(
        self, participant: ParticipantId, document_type: DocumentTypeId, process: ProcessId
    ) -> DocumentTypeId | None:
        """The registered type that takes such a document; None: surely none, also where its service is over.

        Everything that sending would look at holds: the publisher's signature and certificate, the access point's
        certificate, and that its address is one that may be called. Raises `PeppolError`: can't tell.
        """
        registration = await self.lookup.lookup(participant, document_type)
        if registration is None:
            return None
        endpoint = await self.lookup.endpoint(participant, document_type, process)
        if endpoint is None:
            return None
        await self.outward.fit(endpoint.url)
        return registration.document_type


@asynccontextmanager
async def open_directory(settings: Settings) -> AsyncIterator[Directory | None]:
    """The directory, closed at the end; None where the settings name no zone. Raises `SettingsError`."""
    if settings.sml_zone == "none":
        yield None
        return
    inward = settings.mode == "test"
    outward = Outward(inward=inward)
    try:
        lookup = Lookup(
            DnsResolver(_zone(settings)),
            outward,
            publishers=_authorities("SMP", settings.smp_authorities),
            access_points=_authorities("AP", settings.ap_authorities),
            clock=lambda: datetime.now(UTC),
            keep=_KEEP,
        )
        yield Directory(lookup, outward)
    finally:
        await outward.close()


def _zone(settings: Settings) -> Zone:
    name = ZONES[settings.sml_zone]
    if not settings.sml_server:
        return Zone(name)
    server = urlsplit(f"//{settings.sml_server}")
    # Who sets a server of his own has publishers of his own too, perhaps without TLS.
    return Zone(name, (server.hostname or "",), server.port or 53, frozenset({"http", "https"}))


def _authorities(whose: str, path: Path | None) -> tuple[x509.Certificate, ...]:
    try:
        found = read_authorities(path or Path())
    except Precondition as error:
        raise SettingsError([f"INVOLINKS_{whose}_AUTHORITIES: {error}"]) from error
    return found

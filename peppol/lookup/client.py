"""From a participant to the endpoint that takes a kind of document: locator, publisher, match, certificate.

Everything that a publisher says is signed by it, and counts only if an authority of the network issued its certificate.
What was found is kept for a while; what couldn't be told never is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from cryptography import x509

from peppol.errors import OutcomeUnknown, Precondition, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId, ProcessId
from peppol.lookup.metadata import Endpoint, Service, parse, registered_types, service
from peppol.lookup.resolver import Resolver
from peppol.lookup.trust import check_issued
from peppol.lookup.xmldsig import signer
from peppol.message import Registration
from peppol.outward import Outward

_KEPT = 1_000


class Lookup:
    """Registrations and endpoints of participants, as their publishers sign them."""

    def __init__(
        self,
        resolver: Resolver,
        outward: Outward,
        *,
        publishers: tuple[x509.Certificate, ...],
        access_points: tuple[x509.Certificate, ...],
        clock: Callable[[], datetime],
        keep: timedelta = timedelta(minutes=15),
    ) -> None:
        """`publishers`, `access_points`: the authorities that issue to each of them."""
        self._resolver, self._outward, self._clock, self._keep = resolver, outward, clock, keep
        self._publishers, self._access_points = publishers, access_points
        self._groups: OrderedDict[ParticipantId, tuple[datetime, tuple[DocumentTypeId, ...] | None]] = OrderedDict()

    async def registered(self, participant: ParticipantId) -> tuple[DocumentTypeId, ...] | None:
        """All types the participant takes; None: surely not registered.

        Raises `Temporary`, `Precondition`: can't tell.
        """
        known = self._groups.get(participant)
        if known is not None and known[0] > self._clock():
            return known[1]
        base = await self._resolver.publisher(participant)
        types: tuple[DocumentTypeId, ...] | None = None
        if base is not None:
            answer = await self._get(f"{base}/{quote(str(participant), safe='')}")
            types = None if answer is None else registered_types(parse(answer), participant)
        self._groups[participant] = (self._clock() + self._keep, types)
        self._groups.move_to_end(participant)
        if len(self._groups) > _KEPT:
            self._groups.popitem(last=False)
        return types

    async def lookup(self, participant: ParticipantId, document_type: DocumentTypeId) -> Registration | None:
        """The registration that takes a document; None: surely none. Raises like `registered`."""
        types = await self.registered(participant)
        known = {str(one): one for one in types or ()}
        match = next((known[str(one)] for one in document_type.candidates() if str(one) in known), None)
        return None if match is None else Registration(participant, match)

    async def endpoint(
        self, participant: ParticipantId, document_type: DocumentTypeId, process: ProcessId
    ) -> Endpoint | None:
        """Where such a document goes today; None: the participant surely doesn't take it.

        Raises `Temporary` and `Precondition` where nothing can be told, `Forged` where a signature, a publisher's or an
        access point's certificate doesn't hold.
        """
        registration = await self.lookup(participant, document_type)
        base = await self._resolver.publisher(participant)
        if registration is None or base is None:
            return None
        url = f"{base}/{quote(str(participant), safe='')}/services/{quote(str(registration.document_type), safe='')}"
        found = await self._service(url)
        if found is not None and found.redirect is not None:
            found = await self._service(found.redirect)  # one hop, SMP 1.4.0, section 2.3.2.1
            if found is not None and found.redirect is not None:
                raise Precondition("The publisher redirects twice; one redirection is allowed")
        if found is None:
            return None
        if found.participant != participant or found.document_type != registration.document_type:
            raise Temporary("The publisher answers for another participant or document type than was asked for")
        now = self._clock()
        for offered, endpoint in found.endpoints:
            if offered == process and endpoint.active(now):
                check_issued(endpoint.certificate, self._access_points, now=now)
                return endpoint
        return None

    async def _service(self, url: str) -> Service | None:
        answer = await self._get(url)
        if answer is None:
            return None
        root = parse(answer)
        check_issued(signer(root), self._publishers, now=self._clock())
        return service(root)

    async def _get(self, url: str) -> bytes | None:
        """The body; None where the publisher itself says that there is none."""
        try:
            answer = await self._outward.request("GET", url, headers={"accept": "application/xml"})
        except OutcomeUnknown as error:
            raise Temporary(str(error)) from error  # asking changes nothing, so it may be asked again
        if answer.status == 200:
            return answer.body
        if answer.status == 404:
            return None
        raise Temporary(f"The publisher answers HTTP {answer.status}")

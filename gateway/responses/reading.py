"""From the bytes of an Invoice Response to what it says. Pure; runs in a thread."""

from __future__ import annotations

import msgspec

from gateway.http.problems import Finding
from peppol.errors import BadIdentifier
from peppol.identifiers import ParticipantId
from ubl import ReadError
from ubl import response as invoice_response
from ubl.response import Correspondent, Response

LARGEST = 1024 * 1024
"""Bytes; no honest response comes near."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, and what is wrong with it."""

    response: Response | None
    """None where it isn't a sound Invoice Response."""
    why: str = ""
    """Why there is none."""
    findings: tuple[Finding, ...] = ()

    @property
    def readable(self) -> Response:
        """The response of a message that was read; anything else is a programming error."""
        if self.response is None:
            raise TypeError(f"this message wasn't read: {self.why}")
        return self.response


def read(xml: bytes) -> Read:
    """Check a message and read it. What breaks a rule isn't read: nobody knows which half of it to believe."""
    if len(xml) > LARGEST:
        return Read(response=None, why=f"It has {len(xml)} bytes; an Invoice Response has at most {LARGEST}.")
    report = invoice_response.check(xml)
    findings = tuple(msgspec.convert(finding, Finding, from_attributes=True) for finding in report.findings)
    if not report.valid:
        first = next(finding for finding in findings if finding.severity == "fatal")
        return Read(response=None, why=f"It breaks {first.rule}: {first.message}", findings=findings)
    try:
        return Read(response=invoice_response.read(xml), findings=findings)
    except ReadError as error:
        return Read(response=None, why=f"It can't be read: {error.reason}", findings=findings)


def participant(party: Correspondent) -> ParticipantId | None:
    """Who a party is on the network; None for an address that can't be one there."""
    try:
        return ParticipantId(f"{party.endpoint.scheme}:{party.endpoint.id}")
    except BadIdentifier:
        return None

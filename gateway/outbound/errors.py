"""What goes wrong with issued documents; each is answered by one row of `gateway/problems.py`. The tree:

OutboundError
├── DocumentNotFound     404: no such document in this company
├── SeriesNotFound       404: no such series in this company
├── SeriesRefused        409: the series can't be made or used like this
├── MalformedPatch       422: not a JSON merge patch (RFC 7396)
├── StaleDraft           409: somebody changed the draft meanwhile; says the current version
├── NumberTaken          409: another document of this company has this number; says which
├── NotADraft            409: sealed; only a credit note corrects it
├── NotSealed            409: only a sealed document can be corrected or downloaded
├── FourEyes             403: whoever made a document can't be the one to approve it
└── InvalidDocument      422: findings stand in the way
"""

from __future__ import annotations

from uuid import UUID

from ubl import Finding


class OutboundError(Exception):
    """Root of the tree; its text says what to do and may be shown to the caller."""


class DocumentNotFound(OutboundError):
    """Nothing of this id here; another company's document looks the same."""

    def __init__(self, document_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no document {document_id} in this company.")


class SeriesNotFound(OutboundError):
    """Nothing of this name here."""

    def __init__(self, name: str) -> None:
        """Name the series asked for."""
        super().__init__(f"There is no series {name!r}. GET /v1/series lists them, POST /v1/series makes one.")


class SeriesRefused(OutboundError):
    """The series can't be made or used like this."""


class MalformedPatch(OutboundError):
    """`pointer`: where in the patch (RFC 6901); empty for the whole of it."""

    def __init__(self, message: str, pointer: str = "") -> None:
        """Say what is wrong and where."""
        super().__init__(message)
        self.pointer = pointer


class StaleDraft(OutboundError):
    """`version`: the one that stands now."""

    def __init__(self, given: int, version: int) -> None:
        """Name both versions."""
        super().__init__(
            f"You sent version {given}, the draft is at version {version}. Read it again, then repeat your change."
        )
        self.version = version


class NumberTaken(OutboundError):
    """`document_id`: the document that has the number."""

    def __init__(self, number: str, document_id: UUID | None) -> None:
        """Name the number and its holder, where known."""
        holder = f" ({document_id})" if document_id else ""
        super().__init__(f"Number {number!r} already names another document{holder}; a number is used once for ever.")
        self.document_id = document_id


class NotADraft(OutboundError):
    """The document is sealed."""

    def __init__(self, document_id: UUID) -> None:
        """Say what to do instead."""
        super().__init__(
            f"Document {document_id} is sealed and never changes. "
            f"POST /v1/invoices/{document_id}/correct makes a credit note and a new draft."
        )


class NotSealed(OutboundError):
    """The document is still a draft."""

    def __init__(self, document_id: UUID) -> None:
        """Say what to do first."""
        super().__init__(f"Document {document_id} is a draft. POST /v1/invoices/{document_id}/finalize seals it first.")


class FourEyes(OutboundError):
    """Maker and checker are the same person."""

    def __init__(self) -> None:
        """Say who may approve."""
        super().__init__(
            "You made or changed this document, yourself or through an API key of yours; "
            "a second person has to approve it."
        )


class InvalidDocument(OutboundError):
    """Fatal findings stand in the way; nothing was changed."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Every finding, the warnings too."""
        fatal = sum(finding.severity == "fatal" for finding in findings)
        super().__init__(f"{fatal} finding{'s' if fatal != 1 else ''} must be mended first; see `findings`.")
        self.findings = findings

"""What goes wrong with issued documents, each of a family of `gateway.http.problems`:

NotFound    <- DocumentNotFound, SeriesNotFound, SealingNotFound
Forbidden   <- FourEyes
Conflict    <- StaleDraft, NumberTaken, NotADraft, NotSealed, KeptAsPosted, NotCorrectable, Credited,
               Arrived, NotUnresolved, Erased, SeriesRefused
Invalid     <- InvalidDocument, WordRefused
"""

from __future__ import annotations

from uuid import UUID

from gateway.http.problems import Conflict, Finding, Forbidden, Invalid, NotFound


class DocumentNotFound(NotFound):
    """Nothing of this id here; another company's document looks the same."""

    def __init__(self, document_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no document {document_id} in this company.")


class SeriesNotFound(NotFound):
    """Nothing of this name here."""

    def __init__(self, name: str) -> None:
        """Name the series asked for."""
        super().__init__(f"There is no series {name!r}. GET /v1/series lists them, POST /v1/series makes one.")


class SealingNotFound(NotFound):
    """Nothing of this id here, or not any more."""

    def __init__(self, sealing_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no sealing {sealing_id} in this company; they are kept for a week.")


class FourEyes(Forbidden):
    """Maker and checker are the same person."""

    code = "four-eyes"

    def __init__(
        self,
        detail: str = "You made or changed this document, yourself or through an API key of yours; "
        "a second person has to approve it.",
    ) -> None:
        """Say who may do it."""
        super().__init__(detail)


class StaleDraft(Conflict):
    """Somebody changed the draft meanwhile."""

    code = "stale-draft"

    def __init__(self, given: int, version: int) -> None:
        """`version`: the one that stands now."""
        super().__init__(
            f"You sent version {given}, the draft is at version {version}. Read it again, then repeat your change.",
            facts={"version": version},
        )


class NumberTaken(Conflict):
    """The business key is used: one number names one document of a company, whatever the series."""

    code = "number-taken"

    def __init__(self, number: str, document_id: UUID | None) -> None:
        """`document_id`: the document that has the number, where it is known."""
        super().__init__(
            f"Number {number!r} already names another document of this company; a number is used once for ever.",
            facts={"document_id": str(document_id)} if document_id else {},
        )


class NotADraft(Conflict):
    """The document is sealed."""

    code = "sealed"

    def __init__(self, document_id: UUID, state: str) -> None:
        """Say what to do instead."""
        super().__init__(
            f"This document is sealed and never changes. "
            f"POST /v1/invoices/{document_id}/correct makes a credit note and a new draft.",
            facts={"state": state},
        )


class NotSealed(Conflict):
    """The document is still a draft."""

    code = "not-sealed"

    def __init__(self, document_id: UUID) -> None:
        """Say what to do first."""
        super().__init__(f"This document is a draft. POST /v1/invoices/{document_id}/finalize seals it first.")


class KeptAsPosted(Conflict):
    """UBL that was posted is kept byte for byte."""

    code = "kept-as-posted"

    def __init__(self) -> None:
        """Say what to do instead."""
        super().__init__(
            "This draft was posted as UBL XML and is kept byte for byte. DELETE it and post the mended XML, "
            "or post it as JSON."
        )


class NotCorrectable(Conflict):
    """A credit note is corrected by an invoice, not by another credit note."""

    code = "not-correctable"

    def __init__(self) -> None:
        """Say what to do instead."""
        super().__init__("This is a credit note; post a new invoice for what it took back too much.")


class Credited(Conflict):
    """A credit note that stands takes the document back: rejecting it would leave the credit without its invoice."""

    code = "credited"

    def __init__(self, number: str) -> None:
        """Name the credit note."""
        super().__init__(f"Credit note {number} takes this invoice back, wholly or in part; reject that one first.")


class Arrived(Conflict):
    """Sending was given up as failed, and then the network spoke of the document's arrival."""

    code = "arrived"

    def __init__(self, document_id: UUID) -> None:
        """Say what to do instead."""
        super().__init__(
            "The receiver's side says that it has this document, although its sending was given up; so it is neither "
            f"sent again nor rejected. POST /v1/invoices/{document_id}/correct takes it back by a credit note."
        )


class NotUnresolved(Conflict):
    """Something other than a person's word still tells what became of the document, or told it."""

    code = "not-unresolved"

    def __init__(self, state: str) -> None:
        """Say when a person's word counts."""
        super().__init__(
            "Only a document whose sending was given up while nobody knows whether it arrived is settled by hand; "
            "what is under way or has an outcome settles itself.",
            facts={"state": state},
        )


class Erased(Conflict):
    """The content was destroyed; there is nothing left to work with."""

    code = "erased"

    def __init__(self, document_id: UUID) -> None:
        """Name the document."""
        super().__init__(
            f"Document {document_id} was erased, as it was about a natural person; nothing is done with it."
        )


class SeriesRefused(Conflict):
    """The series can't be made or used like this."""

    code = "series-refused"


class WordRefused(Invalid):
    """A person's word on a document that lacks what makes it evidence."""

    code = "word-refused"

    def __init__(self) -> None:
        """Say what it needs."""
        super().__init__(
            "Say in `note` what was looked at; give the provider's `reference` exactly where it arrived, and `at` "
            "between the first attempt and now."
        )


class InvalidDocument(Invalid):
    """Fatal findings stand in the way; nothing was changed."""

    code = "invalid-document"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Every finding, the warnings too."""
        fatal = sum(finding.severity == "fatal" for finding in findings)
        super().__init__(
            f"{fatal} finding{'s' if fatal != 1 else ''} must be mended first; see `findings`.", findings=findings
        )

"""One sealed document made again: the same bytes, the same rules, the same verdict. Pure; blocks like a check does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

import ubl
from gateway.replay.generators import GENERATORS, Generator
from ledger import envelope
from ledger.entry import DOCUMENTS, ISSUED
from ledger.errors import NotCanonical
from ledger.record import Record
from ubl.rules.rulesets import UnknownRuleset


class Outcome(StrEnum):
    """What came of it. Only `same` says that nothing changed."""

    SAME = "same"
    """The same bytes, and the same rules come to the same verdict; of what others sent there is none to compare."""
    DRIFT = "drift"
    """Other bytes, or another verdict by the same rules: this program no longer does what it did. An alarm."""
    OTHER_RULES = "other_rules"
    """The same bytes, but the rules of that day are no longer here, so the verdict can't be compared."""
    UNKNOWN = "unknown"
    """No generator or rule set of the recorded name is here, or the entry holds no envelope: nothing was compared."""
    ERASED = "erased"
    """The content was destroyed by an erasure."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """One document, and what came of making it again."""

    seq: int
    series: str
    number: str
    outcome: Outcome
    detail: str
    """What differs or is missing, or what was compared."""
    generator: str = ""
    """As recorded."""
    ruleset: str = ""
    """As recorded."""
    ruleset_digest: str = ""
    """As recorded; hex."""
    present_digest: str = ""
    """Of the rules of that name as they are now; empty where there are none."""


def replay(record: Record, generators: Mapping[str, Generator] = GENERATORS) -> Replayed:
    """Make the document of a record again. Raises ValueError for an entry that is no document.

    Issued documents were valid when they were sealed, so the verdict to compare is that no fatal finding stands. Of a
    received one the envelope records the rules but no verdict: it is read again and checked by the same rules.
    """
    if record.kind not in DOCUMENTS:
        raise ValueError(f"entry {record.seq} is no sealed document")
    if record.canonical is None or record.attached is None:
        return _about(record, Outcome.ERASED, "the content of this entry is no longer here")
    try:
        sealed = envelope.unwrap(record.canonical)
    except NotCanonical as error:
        return _about(record, Outcome.UNKNOWN, str(error))
    generator = generators.get(sealed.generator)
    if generator is None:
        known = ", ".join(sorted(generators))
        detail = f"no generator {sealed.generator!r} is here, so nothing was compared; there are {known}"
        return _about(record, Outcome.UNKNOWN, detail, sealed)
    different = generator(bytes(sealed.document), record.attached)
    if different is not None:
        return _about(record, Outcome.DRIFT, different, sealed)
    return _verdict(record, record.attached, sealed)


def _verdict(record: Record, xml: bytes, sealed: envelope.Envelope) -> Replayed:
    try:
        report = ubl.check(xml, ruleset=sealed.ruleset or None)  # none where it isn't even a known kind of document
    except UnknownRuleset as error:
        return _about(record, Outcome.UNKNOWN, f"the bytes are the same, but there is {error}", sealed)
    present = report.digest
    if present != sealed.ruleset_digest:
        word = "valid" if report.valid else "invalid"
        detail = f"the bytes are the same; the rules changed since ({word} by those of today)"
        return _about(record, Outcome.OTHER_RULES, detail, sealed, present)
    if record.kind in ISSUED and not report.valid:
        fatal = [finding.rule for finding in report.findings if finding.severity == "fatal"]
        detail = f"sealed as valid; by the same rules now fatal: {', '.join(fatal[:10])}"
        return _about(record, Outcome.DRIFT, detail, sealed, present)
    if record.kind not in ISSUED:
        detail = "the same is read from the same bytes, by the same rules; no verdict was sealed to compare with"
        return _about(record, Outcome.SAME, detail, sealed, present)
    return _about(record, Outcome.SAME, "the same bytes and the same verdict by the same rules", sealed, present)


def _about(
    record: Record, outcome: Outcome, detail: str, sealed: envelope.Envelope | None = None, present: str = ""
) -> Replayed:
    return Replayed(
        seq=record.seq,
        series=record.series,
        number=record.number,
        outcome=outcome,
        detail=detail,
        generator=sealed.generator if sealed else "",
        ruleset=sealed.ruleset if sealed else "",
        ruleset_digest=sealed.ruleset_digest if sealed else "",
        present_digest=present,
    )

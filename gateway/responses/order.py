"""Which answer may follow which about one received document, as a table.

The codes are those of Peppol BIS Invoice Response 3 (UN/EDIFACT 4343). An answer stands once it is sealed, whether or
not it reached the seller: what was decided isn't taken back because a line was down.

    first word     AB  IP  UQ  CA  AP  RE
    AB received    .   IP  UQ  CA  AP  RE
    IP in process  .   .   UQ  CA  AP  RE
    UQ query       .   IP  UQ  CA  AP  RE        several questions may be asked
    CA condition   .   .   UQ  CA  AP  RE  PD    the seller may dispute it; nobody disputing, it is paid
    AP accepted    .   .   .   .   .   .   PD    approved for payment: only the payment follows
    RE rejected    final
    PD paid        final, unless only a part was paid (PPD): then more payments follow
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from ubl.response import Clarification, Code
from ubl.response.names import PARTLY_PAID


class Standing(StrEnum):
    """Where the answers to a document stand: the last code, and what a code alone doesn't say."""

    SILENT = "silent"
    """Nothing was answered."""
    ACKNOWLEDGED = Code.ACKNOWLEDGED.value
    IN_PROCESS = Code.IN_PROCESS.value
    UNDER_QUERY = Code.UNDER_QUERY.value
    CONDITIONALLY_ACCEPTED = Code.CONDITIONALLY_ACCEPTED.value
    ACCEPTED = Code.ACCEPTED.value
    REJECTED = Code.REJECTED.value
    PARTLY_PAID = "PD/PPD"
    PAID = Code.PAID.value


_DECIDING = frozenset({Code.UNDER_QUERY, Code.CONDITIONALLY_ACCEPTED, Code.ACCEPTED, Code.REJECTED})

FOLLOWS: dict[Standing, frozenset[Code]] = {
    Standing.SILENT: _DECIDING | {Code.ACKNOWLEDGED, Code.IN_PROCESS},
    Standing.ACKNOWLEDGED: _DECIDING | {Code.IN_PROCESS},
    Standing.IN_PROCESS: _DECIDING,
    Standing.UNDER_QUERY: _DECIDING | {Code.IN_PROCESS},
    Standing.CONDITIONALLY_ACCEPTED: _DECIDING | {Code.PAID},
    Standing.ACCEPTED: frozenset({Code.PAID}),
    Standing.REJECTED: frozenset(),
    Standing.PARTLY_PAID: frozenset({Code.PAID}),
    Standing.PAID: frozenset(),
}
"""Which code may follow where the answers stand; an empty set is final."""

COMMITTING = frozenset({Code.CONDITIONALLY_ACCEPTED, Code.ACCEPTED, Code.REJECTED})
"""Answers that decide whether money is owed: a person gives them with a fresh code."""


def standing(code: Code, clarifications: Iterable[Clarification]) -> Standing:
    """Where the answers stand after this one."""
    if code is Code.PAID and any(one.code == PARTLY_PAID for one in clarifications):
        return Standing.PARTLY_PAID
    return Standing(code.value)

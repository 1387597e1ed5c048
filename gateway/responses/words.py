"""What a response says, in plain words. Pure; the words stand in `gateway.pages.texts`, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.pages.texts import Language, text
from peppol.statuses import MEANINGS, Corner, Outcome
from ubl.response import Clarification, Code, Kind

OUTCOMES: dict[Code, Outcome] = {
    Code(meaning.code): outcome for outcome, meaning in MEANINGS.items() if meaning.corner is Corner.BUYER
}
"""What a code means for the document it is about."""

_LISTS = {Kind.REASON: "reason", Kind.ACTION: "action"}


def headline(code: str, language: Language = "en") -> str:
    """An answer's code in words: `Rejected`."""
    return text(f"answer.{code}", language)


def label(kind: Kind, code: str, language: Language = "en") -> str:
    """The name of one code of a list: `Quality`."""
    return text(f"{_LISTS[kind]}.{code}", language)


def phrase(one: Clarification, language: Language = "en") -> str:
    """One clarification: `Quality: the cartons were wet (IBT-129: 8)`."""
    details = ", ".join(f"{each.term}: {each.value}" if each.value else each.term for each in one.conditions)
    said = f": {one.text}" if one.text else ""
    return f"{label(one.kind, one.code, language)}{said}{f' ({details})' if details else ''}"


def reason(clarifications: Iterable[Clarification], note: str | None, language: Language = "en") -> str:
    """Everything that explains an answer, in one line; empty where nothing does."""
    return "; ".join([*(phrase(one, language) for one in clarifications), *([note] if note else [])])


def next_step(code: Code, clarifications: Sequence[Clarification], language: Language = "en") -> str:
    """What the seller should do: what the buyer asks for, or what the answer itself demands; empty for nothing."""
    asked = [one.code for one in clarifications if one.kind is Kind.ACTION and one.code != "NOA"]
    if asked:
        return " ".join(text(f"step.asked.{wanted}", language) for wanted in dict.fromkeys(asked))
    outcome = OUTCOMES[code]
    return text(f"do.{outcome}", language) if MEANINGS[outcome].next_step else ""

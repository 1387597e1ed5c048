"""Mends of how a code or an identifier is written: case, spaces, separators, a name in place of its code."""

import re
from collections.abc import Iterator
from uuid import UUID

from msgspec import Struct

from ubl.invoice import Invoice
from ubl.mend.case import Case
from ubl.mend.places import value_at
from ubl.parties import Party
from ubl.where import HEAD

_separators = re.compile(r"(?<=[0-9A-Za-z])[\s.\-/_]+(?=[0-9A-Za-z])")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32}\Z")
_NAMES = {
    "abu dhabi": "AUH",
    "أبوظبي": "AUH",
    "أبو ظبي": "AUH",
    "dubai": "DXB",
    "دبي": "DXB",
    "sharjah": "SHJ",
    "الشارقة": "SHJ",
    "umm al quwain": "UAQ",
    "أم القيوين": "UAQ",
    "fujairah": "FUJ",
    "الفجيرة": "FUJ",
    "ajman": "AJM",
    "عجمان": "AJM",
    "ras al khaimah": "RAK",
    "رأس الخيمة": "RAK",
    "uae": "AE",
    "are": "AE",
    "united arab emirates": "AE",
    "الإمارات العربية المتحدة": "AE",
    "trade licence": "TL",
    "trade license": "TL",
    "emirates id": "EID",
    "passport": "PAS",
    "cabinet decision": "CD",
    "goods": "G",
    "services": "S",
}
"""What people write -> the code of it: emirates, the country, kinds of registration, types of items."""
_FIELDS = {
    "IBT-005": "/currency",
    "IBT-006": "/tax_currency",
    "IBT-003": "/type",
    "BTAE-02": "/transaction_type",
    "BTAE-03": "/credit_reasons/0/code",
    "BTAE-06": "/period/frequency",
}


def spelling(case: Case) -> Iterator[Invoice]:
    """The value, or each text of the part, that the finding points to, written as codes and identifiers are."""
    for pointer, text in _texts(case):
        for other in dict.fromkeys(_spellings(text)):
            if other and other != text:
                yield from case.put(pointer, other)
        if tin := _tin(case, pointer, text):
            yield from case.put(pointer, tin)


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    pointers = [case.pointer, *(_FIELDS.get(term, HEAD.get(term, "")) for term in case.finding.terms)]
    if case.finding.rule == "ibr-cl-03":
        pointers += ["/currency", "/tax_currency", f"{case.line or ''}/totals/currency"]
    for pointer in dict.fromkeys(pointers):
        value = value_at(case.invoice, pointer) if pointer else None
        if isinstance(value, str):
            yield pointer, value
        elif isinstance(value, Struct):
            for field in value.__struct_fields__:
                text = getattr(value, field)
                if isinstance(text, str) and field not in ("name", "street", "city", "additional"):
                    yield f"{pointer}/{field}", text


def _spellings(text: str) -> Iterator[str]:
    stripped = " ".join(text.split())
    yield stripped
    yield stripped.upper()
    yield stripped.lower()
    yield _NAMES.get(stripped.replace("-", " ").casefold(), "")
    joined = _separators.sub("", stripped)
    yield joined
    yield joined.upper()
    digits = text.strip("{}").removeprefix("urn:uuid:").replace("-", "")
    if _HEXADECIMAL.match(digits):
        yield str(UUID(digits))


def _tin(case: Case, pointer: str, text: str) -> str | None:
    """The TIN where a party's own TRN was entered: its first ten digits."""
    role = pointer.split("/")[1]
    party = value_at(case.invoice, f"/{role}")
    entered = _separators.sub("", text)
    if pointer in (f"/{role}/endpoint/id", f"/{role}/tin/id") and isinstance(party, Party) and party.trn == entered:
        return entered[:10]
    return None

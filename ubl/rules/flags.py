"""BTAE-02: the eight flags of a transaction, read from left to right. A text of any other form has no flag set."""

import re

from ubl.rules.document import Document

flags_form = re.compile(r"[01]{8}\Z").match


def _set(document: Document, place: int) -> bool:
    flags = document.flags
    return len(flags) == 8 and flags[place] == "1" and flags_form(flags) is not None


def free_zone(document: Document) -> bool:
    return _set(document, 0)


def deemed_supply(document: Document) -> bool:
    return _set(document, 1)


def margin_scheme(document: Document) -> bool:
    return _set(document, 2)


def summary(document: Document) -> bool:
    return _set(document, 3)


def agent(document: Document) -> bool:
    return _set(document, 5)


def e_commerce(document: Document) -> bool:
    return _set(document, 6)


def exports(document: Document) -> bool:
    return _set(document, 7)

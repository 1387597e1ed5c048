"""Whether a document holds to a schema, and why not: for many threads at once, and for hostile documents.

An `lxml.etree.XMLSchema` keeps the errors of its last run, whichever thread ran it: two documents that are checked at
the same time would be told each other's contents, or none at all. So the verdict comes from the shared one, and
reasons from a second one that a lock guards.

lxml also names the place of each error by counting siblings, in all the square of their number. A large document is
therefore validated as a stream, which stops telling after a hundred errors and names no places.
"""

import threading
from functools import cache
from itertools import islice
from typing import Any

from lxml import etree

from schemas import compiled, schema

MOST = 100
"""Errors told of one document; one wrong order at the top can break a schema thousands of times."""
_LARGE = 5_000
"""Elements beyond which a document is validated as a stream."""
_READING = threading.Lock()

Entry = tuple[str, int, str]
"""XPath (`/` where it isn't known), line (0 where it isn't known) and libxml2's message."""


def holds(root: etree._Element, name: str) -> bool:
    """Whether the document holds to the schema of that name; `schemas.schema` says which there are."""
    return not _streamed(root, name) if _is_large(root) else schema(name).validate(root)


def errors(root: etree._Element, name: str) -> list[Entry]:
    """What of a document breaks the schema, at most `MOST`; nothing where it holds."""
    if _is_large(root):
        streamed = _streamed(root, name)
        if not 0 < len(streamed) < MOST:
            return streamed
    with _READING:
        own = _for_reasons(name)
        own.validate(root)
        log: Any = own.error_log
        return [(entry.path or "/", entry.line, entry.message) for entry in islice(log, MOST)]


@cache
def _for_reasons(name: str) -> etree.XMLSchema:
    return compiled(name)


def _is_large(root: etree._Element) -> bool:
    return sum(1 for _ in islice(root.iter(), _LARGE)) == _LARGE


def _streamed(root: etree._Element, name: str) -> list[Entry]:
    parser = etree.XMLParser(schema=schema(name), no_network=True, resolve_entities=False, load_dtd=False)
    try:
        etree.fromstring(etree.tostring(root, with_tail=False), parser)
    except etree.XMLSyntaxError as refused:
        log: Any = refused.error_log
        told = [("/", 0, entry.message) for entry in islice(log, MOST)]
        return told or [("/", 0, refused.msg or "the document breaks the schema")]
    return []

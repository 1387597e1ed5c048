"""Whether a document holds to a schema, and why not: for many threads at once, and for hostile documents.

An `lxml.etree.XMLSchema` keeps the errors of its last run, whichever thread ran it: two documents that are checked at
the same time would be told each other's contents, or none at all. So the verdict comes from the shared one, and
reasons from a second one that a lock guards.

lxml also names the place of each error by counting siblings, in all the square of their number. A large document is
therefore validated slice by slice, some lines at a time, up to the first slice that breaks the schema. One that is
wide elsewhere, and the reasons of a large one, are read from a stream: it stops telling after a hundred errors and
names no places, and costs the document a second time.
"""

import threading
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import groupby, islice
from typing import Any

from lxml import etree

from schemas import compiled, schema

MOST = 100
"""Errors told of one document; one wrong order at the top can break a schema thousands of times."""
_LARGE = 5_000
"""Elements beyond which a document is not validated as a whole."""
_WIDE = 1_000
"""Children of one name beside each other, and elements in a child of the root, whose places are counted readily."""
_SLICE = 100
"""Children of one name that are validated together where there are more than `_WIDE`."""
_MOST_RUNS = 200
"""Changes of name among the children of the root; an invoice has at most 60."""
_is_large = etree.XPath(f"boolean(descendant-or-self::*[{_LARGE}])")
_is_wide = etree.XPath(f"boolean(*[descendant-or-self::*[{_WIDE}]])")
_READING = threading.Lock()

Entry = tuple[str, int, str]
"""XPath (`/` where it isn't known), line (0 where it isn't known) and libxml2's message."""


def holds(root: etree._Element, name: str) -> bool:
    """Whether the document holds to the schema of that name; `schemas.schema` says which there are."""
    if not _is_large(root):
        return schema(name).validate(root)
    runs = [list(run) for _, run in groupby(root, key=lambda child: child.tag)]
    if len(runs) > _MOST_RUNS or _is_wide(root):
        return not _streamed(root, name)
    if all(len(run) <= _WIDE for run in runs):
        return schema(name).validate(root)
    return all(schema(name).validate(part) for part in _slices(root, runs))


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


def _slices(root: etree._Element, runs: list[list[etree._Element]]) -> Iterator[etree._Element]:
    """Small documents that all hold to a schema exactly when the whole does.

    `runs` are its children, by name; long ones are parted. That is sound where a schema lets an element stand at most
    once or any number of times, as UBL does, and compares no values across elements: a hundred break what many do.
    """
    yield _part(root, [run[:_SLICE] for run in runs])
    for place, run in enumerate(runs):
        for start in range(_SLICE, len(run), _SLICE):
            yield _part(root, [run[start : start + _SLICE] if at == place else own[:1] for at, own in enumerate(runs)])


def _part(root: etree._Element, runs: list[list[etree._Element]]) -> etree._Element:
    part = etree.Element(root.tag, {str(k): str(v) for k, v in root.attrib.items()}, nsmap=root.nsmap)  # type: ignore[arg-type]  # None names the default
    part.text = root.text
    part.extend([deepcopy(child) for run in runs for child in run])
    return part


def _streamed(root: etree._Element, name: str) -> list[Entry]:
    parser = etree.XMLParser(schema=schema(name), no_network=True, resolve_entities=False, load_dtd=False)
    try:
        etree.fromstring(etree.tostring(root, with_tail=False), parser)
    except etree.XMLSyntaxError as refused:
        # The parser's own log: the exception's holds what this thread read before, other companies' documents among it.
        log: Any = parser.error_log
        told = [("/", 0, entry.message) for entry in islice(log, MOST)]
        return told or [("/", 0, refused.msg or "the document breaks the schema")]
    return []

"""What standards bodies publish, installed and never changed; and the one hardened XML parser.

    >>> from schemas import xmlsafe
    >>> xmlsafe.parse(b"<a><b/></a>").tag
    'a'

`schema("Invoice-2")` gives the official UBL 2.1 schema once `python -m schemas install` has put it in place.
Nothing here ever opens a network connection except that one command.
"""

from functools import cache
from pathlib import Path

from lxml import etree

from schemas.manifest import INSTALLED, MANIFEST, SchemasNotInstalled

__all__ = ["INSTALLED", "SchemasNotInstalled", "compiled", "path", "schema"]


def path(name: str) -> Path:
    """The installed file of one document schema, for tools that want the file itself.

    `name` is the last part of the document's namespace: `Invoice-2`, `CreditNote-2`, `ApplicationResponse-2`,
    `Order-2`. Raises `KeyError` for a name that the manifest doesn't know, `SchemasNotInstalled` when it's absent.
    """
    relative = MANIFEST.documents[name]
    file = INSTALLED / MANIFEST.id / relative
    if not file.is_file():
        raise SchemasNotInstalled(name)
    return file


@cache
def schema(name: str) -> etree.XMLSchema:
    """The compiled schema of one document type; the first call takes about 0.1 s, later ones nothing.

    An `lxml.etree.XMLSchema` keeps the errors of its last run, of whatever thread: never read the `error_log` of this
    one, `schemas.validation` tells the reasons. Raises as `path` does.
    """
    return compiled(name)


def compiled(name: str) -> etree.XMLSchema:
    """The same, compiled anew for whoever needs one alone."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(path(name)), parser))

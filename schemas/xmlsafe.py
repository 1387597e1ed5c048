"""The one way in for XML: bytes to a tree, or `XmlRefused` in plain words.

No document type declaration, hence no entities and no external references; nothing is fetched; UTF-8 or UTF-16, as
declared; sizes and depth bounded before anything is built. Comments and processing instructions are dropped, so a
comment inside a value doesn't split it. XML 1.0 fifth edition; OWASP's list of XML attacks.
"""

import codecs
import re

from lxml import etree

LIMIT = 100 * 1024 * 1024
"""Largest document taken, in bytes, unless the caller says less."""

DEPTH = 256
"""Deepest nesting taken; libxml2's own bound. A UBL invoice needs 12, a tax data document around it 16."""

_DECLARATION = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([^"'<>]*)["']""")
_WRONG_ENCODING = "Only UTF-8 and UTF-16 are taken, "


class XmlRefused(ValueError):
    """These bytes are not XML that we read. `line` is 1-based, None where the document as a whole is meant."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(f"{reason} (line {line})" if line else reason)


def parse(data: bytes, *, limit: int = LIMIT, blanks: bool = True) -> etree._Element:
    """The root element of `data`.

    Raises `XmlRefused` for everything else: empty, too large, another encoding, a DTD, nesting deeper than `DEPTH`,
    a text above libxml2's own bound of 10 MB, or not well-formed. The parser is made anew for each call: lxml's
    parsers may not be shared between threads. Without `blanks`, the spaces between elements are left out, which takes
    a third less memory; a text of nothing but spaces stays. Never do that to what a signature covers.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise XmlRefused("There is no document: the body is empty")
    if len(data) > limit:
        raise XmlRefused(f"The document has {len(data):,} bytes; at most {limit:,} are taken")
    _check_encoding(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=not blanks,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise XmlRefused(f"Not well-formed XML: {(error.msg or 'no reason given').rstrip()}", error.lineno) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("A document type declaration (DOCTYPE) is not taken", 1)
    return root


def _check_encoding(data: bytes) -> None:
    """Refuses what is neither UTF-8 nor UTF-16, or says to be something else than it is (XML 1.0, 4.3.3 and F)."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise XmlRefused(_WRONG_ENCODING + "this is UTF-32", 1)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    head = data[:400].decode("utf-16", "replace").encode() if wide else data[:400].removeprefix(codecs.BOM_UTF8)
    if not head.lstrip(b" \t\r\n").startswith(b"<"):
        raise XmlRefused(_WRONG_ENCODING + "and a document begins with '<'; these bytes are something else", 1)
    if b"\0" in head:
        raise XmlRefused(_WRONG_ENCODING + "and UTF-16 needs its byte order mark", 1)
    declared = _DECLARATION.match(head)
    name = declared.group(1).decode("latin-1").lower() if declared else ("utf-16" if wide else "utf-8")
    if name not in (("utf-16", "utf-16le", "utf-16be") if wide else ("utf-8", "us-ascii")):
        raise XmlRefused(_WRONG_ENCODING + f"and it must be what the declaration says; this says {name!r}", 1)
    if not wide:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise XmlRefused(f"Not UTF-8: byte {error.start} can't be read", line) from None

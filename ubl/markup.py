"""Pieces of the small documents around an invoice, as text: elements, identifiers with a scheme, the moment of issue.

>>> leaf("cbc:EndpointID", "1234567890", schemeID="0235")
'<cbc:EndpointID schemeID="0235">1234567890</cbc:EndpointID>'
>>> leaf("cbc:Note", None)
''
"""

from datetime import datetime, timedelta

from lxml import etree

from ubl.errors import BuildError, ReadError
from ubl.syntax import NAMESPACES
from ubl.write import escaped

_RESPONSES = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
APPLICATION_RESPONSE = f"{{{_RESPONSES}}}ApplicationResponse"
"""Root of a message level status and of an invoice response."""


def application_response(*parts: str) -> bytes:
    """The bytes of a UBL ApplicationResponse; without XML declaration, as an invoice's (see `ubl.write`)."""
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in sorted(NAMESPACES.items()))
    content = "".join(parts)
    return f'<ApplicationResponse xmlns="{_RESPONSES}"{spaces}>{content}</ApplicationResponse>'.encode()


def leaf(name: str, value: str | None, **attributes: str | None) -> str:
    """One element with text; nothing where there is no value. Raises `WriteError` for what XML can't carry."""
    if value is None:
        return ""
    shown = "".join(f' {key}="{escaped(text)}"' for key, text in attributes.items() if text is not None)
    return f"<{name}{shown}>{escaped(value)}</{name}>"


def inside(name: str, *parts: str) -> str:
    """An element around others; nothing where all of them are."""
    content = "".join(parts)
    return f"<{name}>{content}</{name}>" if content else ""


def issued(moment: datetime) -> str:
    """IssueDate without, IssueTime with its UTC offset, to the second. Raises `BuildError` for a naive moment."""
    offset = moment.utcoffset()
    if offset is None:
        raise BuildError("the moment of issue must say its UTC offset; pass an aware datetime")
    if offset % timedelta(minutes=1) or abs(offset) > timedelta(hours=14):
        raise BuildError(f"an offset of {offset} can't be written; give the moment of issue in UTC")
    time = moment.strftime("%H:%M:%S") + ("Z" if not offset else moment.isoformat()[-6:])
    return f"<cbc:IssueDate>{moment.date().isoformat()}</cbc:IssueDate><cbc:IssueTime>{time}</cbc:IssueTime>"


def moment(root: etree._Element) -> datetime:
    """When a document says it was issued. Raises `ReadError` where date, time or UTC offset is missing or wrong."""
    day, time = ((root.findtext(f"cbc:{name}", "", NAMESPACES) or "").strip() for name in ("IssueDate", "IssueTime"))
    try:
        found = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        raise ReadError(f"issued {day[:40]!r} {time[:40]!r}: write YYYY-MM-DD and hh:mm:ss with a UTC offset") from None
    if found.tzinfo is None:
        raise ReadError(f"the time of issue {time!r} says no UTC offset")
    return found

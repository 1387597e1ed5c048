"""Pieces of the small documents around an invoice, as text: elements, identifiers with a scheme, the moment of issue.

>>> leaf("cbc:EndpointID", "1234567890", schemeID="0235")
'<cbc:EndpointID schemeID="0235">1234567890</cbc:EndpointID>'
>>> leaf("cbc:Note", None)
''
"""

from datetime import datetime, timedelta

from ubl.errors import BuildError
from ubl.write import escaped

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


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

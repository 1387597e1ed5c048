"""Every way in which the XML and the JSON of a sealed document ever came to each other, by the name in its envelope.

An entry stays for as long as the ledger does, a name is never given to other code: a writer that makes other bytes
gets another name, and the old one stays here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

import ubl
from gateway.inbound import flow as inbound
from gateway.outbound import judgement
from ledger import canonical

Generator = Callable[[bytes, bytes], str | None]
"""Gets the document's canonical JSON and its XML; says how what is made now differs, or None where it doesn't."""


def written(document: bytes, xml: bytes) -> str | None:
    """We wrote the XML: write it again from the JSON."""
    try:
        again = ubl.write(msgspec.json.decode(document, type=ubl.Invoice))
    except (ubl.WriteError, msgspec.DecodeError) as error:
        return f"the JSON can't be written as XML any more: {error}"
    return _difference(again, xml, "XML")


def taken(document: bytes, xml: bytes) -> str | None:
    """Somebody else wrote the XML and it was kept byte for byte: read the JSON out of it again."""
    try:
        again = canonical.dumps(ubl.read(xml))
    except ubl.ReadError as error:
        if "unreadable" in msgspec.json.decode(document):
            return None
        return f"the XML can't be read any more: {error}"
    return _difference(again, document, "JSON")


GENERATORS: Mapping[str, Generator] = {
    judgement.GENERATOR: written,
    judgement.TAKEN: taken,
    inbound.GENERATOR: taken,
}
"""All of them, also those no longer in use."""


def _difference(again: bytes, sealed: bytes, what: str) -> str | None:
    if again == sealed:
        return None
    place = next((at for at, (new, old) in enumerate(zip(again, sealed, strict=False)) if new != old), None)
    if place is None:
        return f"the {what} made now has {len(again)} bytes, the sealed one {len(sealed)}"
    return f"the {what} made now differs from the sealed one from byte {place} on"

"""The envelope keeps the document's bytes, and hostile ones are refused in words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peppol import sbdh
from peppol.errors import BadEnvelope
from peppol.identifiers import CREDIT_NOTE, ParticipantId
from tests.peppol.messages import UBL, document, message

ENVELOPE = sbdh.write(message("instance-1"))
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


def test_there_and_back() -> None:
    sent = msgspec.structs.replace(message("i-1"), mls_to=ParticipantId("0242:000123"))
    read = sbdh.read(sbdh.write(sent))
    assert read.verbatim
    assert read.message == msgspec.structs.replace(sent, document=sbdh.body(sent.document))


@settings(max_examples=60, deadline=None)
@given(note=TEXT, space=st.text(" \t\r\n", max_size=5), declared=st.booleans(), mark=st.booleans())
def test_every_byte_of_the_document_element_is_kept(note: str, space: str, declared: bool, mark: bool) -> None:
    escaped = note.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
    element = f"<Invoice  xmlns=\"{UBL}Invoice-2\"\n><!-- {'c'} --><a b = '1'>{escaped}</a ><![CDATA[<x>]]></Invoice>"
    head = ('<?xml version="1.0" encoding="utf-8"?>' if declared else "") + space
    xml = (b"\xef\xbb\xbf" if mark else b"") + (head if declared else "").encode() + element.encode() + space.encode()
    read = sbdh.read(sbdh.write(message("i", xml=xml)))
    assert read.verbatim
    assert read.message.document == element.encode() == sbdh.body(xml)


def test_a_document_that_leans_on_the_envelope_is_written_anew() -> None:
    outer = ENVELOPE.replace(
        b"<sh:StandardBusinessDocument ", f'<sh:StandardBusinessDocument xmlns:i="{UBL}Invoice-2" '.encode()
    )
    start, end = outer.index(b"<Invoice"), outer.index(b"</sh:StandardBusinessDocument>")
    read = sbdh.read(outer[:start] + b"<i:Invoice><i:x/></i:Invoice>" + outer[end:])
    assert not read.verbatim
    assert read.message.document == f'<i:Invoice xmlns:i="{UBL}Invoice-2"><i:x></i:x></i:Invoice>'.encode()


def test_another_writers_prefixes_and_comments_are_read() -> None:
    other = ENVELOPE.replace(b"sh:", b"").replace(b"xmlns:sh", b"xmlns").replace(b"xmlns=", b"xmlns=", 1)
    fooled = other.replace(b"<HeaderVersion>", b"<!-- </StandardBusinessDocumentHeader> --><HeaderVersion>")
    for envelope in (other, fooled):
        assert sbdh.read(envelope).message.document.endswith(b"</Invoice>")
    assert sbdh.read(other).verbatim


def test_utf_16_is_read_and_written_as_utf_8() -> None:
    text = ENVELOPE.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    read = sbdh.read(text)
    assert not read.verbatim
    assert read.message.document.decode().count("INV-") == 1
    assert sbdh.read(sbdh.write(read.message)).message == read.message


def _without(element: bytes) -> bytes:
    start = ENVELOPE.index(b"<sh:" + element)
    end = ENVELOPE.index(b"</sh:" + element + b">") + len(element) + 6
    return ENVELOPE[:start] + ENVELOPE[end:]


def _changed(old: bytes, new: bytes) -> bytes:
    assert old in ENVELOPE
    return ENVELOPE.replace(old, new, 1)


SCOPE = b"<sh:Scope><sh:Type>COUNTRY_C1</sh:Type><sh:InstanceIdentifier>AE</sh:InstanceIdentifier></sh:Scope>"
BAD = {
    "empty": (b"", "empty"),
    "no xml": (b"hello", "UTF-8"),
    "truncated": (ENVELOPE[:-20], "XML"),
    "doctype": (_changed(b"<sh:StandardBusinessDocument ", b"<!DOCTYPE a><sh:StandardBusinessDocument "), "DOCTYPE"),
    "bare document": (document(), "StandardBusinessDocument"),
    "no header": (_without(b"StandardBusinessDocumentHeader"), "header"),
    "two documents": (_changed(b"</Invoice>", b"</Invoice><Invoice/>"), "exactly one"),
    "no sender": (_without(b"Sender"), "Sender"),
    "no instance": (_changed(b">instance-1<", b"><"), "InstanceIdentifier"),
    "instance with blanks": (_changed(b">instance-1<", b">in stance<"), "InstanceIdentifier"),
    "instance too long": (_changed(b">instance-1<", b">" + b"i" * 101 + b"<"), "InstanceIdentifier"),
    "two receivers": (_changed(b"<sh:Receiver>", b"<sh:Receiver></sh:Receiver><sh:Receiver>" * 2), "XML"),
    "other authority": (_changed(b'Authority="iso6523-actorid-upis"', b'Authority="x"'), "authority"),
    "bad receiver": (_changed(b"0235:1000000002", b"0235:9"), "TIN"),
    "no scope": (_without(b"BusinessScope"), "DOCUMENTID"),
    "scope twice": (_changed(SCOPE, SCOPE * 2), "twice"),
    "no country": (_changed(SCOPE, b""), "COUNTRY_C1"),
    "bad country": (_changed(b">AE<", b">UAE<"), "ISO 3166"),
    "bad mls type": (_changed(b"ALWAYS_SEND", b"SOMETIMES"), "MLS_TYPE"),
    "bad time": (_changed(b"2026-11-21T09:30", b"yesterday"), "CreationDateAndTime"),
    "other version": (_changed(b"<sh:HeaderVersion>1.0", b"<sh:HeaderVersion>2.0"), "HeaderVersion"),
    "another document": (_changed(b"<Invoice ", b"<Note ").replace(b"</Invoice>", b"</Note>"), "document type"),
    "type contradicts": (_changed(b"<sh:Type>Invoice", b"<sh:Type>CreditNote"), "contradicts"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_envelope_is_refused_in_words(name: str) -> None:
    envelope, word = BAD[name]
    with pytest.raises(BadEnvelope) as caught:
        sbdh.read(envelope)
    assert word.lower() in str(caught.value).lower()


def test_more_bytes_than_the_limit_are_refused() -> None:
    with pytest.raises(BadEnvelope, match="bytes"):
        sbdh.read(ENVELOPE, limit=len(ENVELOPE) - 1)


@pytest.mark.parametrize(
    ("xml", "word"),
    [
        (b"<Invoice/>", "document type"),
        (b"", "empty"),
        (document().decode().replace("UTF-8", "UTF-16").encode("utf-16"), "UTF-8"),
        (document().replace(b"UTF-8", b"ISO-8859-1"), "iso-8859-1"),
        (b"<!DOCTYPE Invoice>" + sbdh.body(document()), "DOCTYPE"),
    ],
)
def test_only_the_document_announced_is_put_into_an_envelope(xml: bytes, word: str) -> None:
    with pytest.raises(BadEnvelope, match="(?i)" + word):
        sbdh.write(msgspec.structs.replace(message("i"), document=xml))
    with pytest.raises(BadEnvelope):
        sbdh.write(msgspec.structs.replace(message("i"), document_type=CREDIT_NOTE))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_bytes_crash_the_reader(data: st.DataObject) -> None:
    envelope = bytearray(ENVELOPE)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(envelope) - 1))
        length = data.draw(st.integers(0, 12))
        envelope[position : position + length] = data.draw(st.binary(max_size=12))
    try:
        read = sbdh.read(bytes(envelope))
    except BadEnvelope:
        return
    assert read.message.document in bytes(envelope) or not read.verbatim

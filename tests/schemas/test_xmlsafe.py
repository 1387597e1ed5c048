"""Hostile and broken XML is refused in plain words, before it can do anything."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.xmlsafe import DEPTH, XmlRefused, parse

BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a x="&c;">&c;</a>'


@pytest.mark.parametrize(
    ("data", "says", "line"),
    [
        (b"", "empty", None),
        (b" \n\t", "empty", None),
        (b"\x00\x00", "empty", None),
        (b"<a>", "Not well-formed", 1),
        (b"<a>\n<b></a>", "Not well-formed", 2),
        (b"<a/><b/>", "Not well-formed", 1),
        (b"<a>&nope;</a>", "Not well-formed", 1),
        (b"<a>\x01</a>", "Not well-formed", 1),
        (b"<a>&#0;</a>", "Not well-formed", 1),
        (b"plain text", "something else", 1),
        (b"\x1f\x8b\x08", "something else", 1),
        (b"L\xa7\x94\x93", "something else", 1),
        (b"<!DOCTYPE a><a/>", "DOCTYPE", 1),
        (BOMB, "DOCTYPE", 1),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "DOCTYPE", 1),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', "iso-8859-1", 1),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "utf-7", 1),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "utf-16", 1),
        (b"<a>\n\n\xe9</a>", "byte 5", 3),
        (codecs.BOM_UTF32_LE + "<a/>".encode("utf-32-le"), "UTF-32", 1),
        ("<a/>".encode("utf-16-le"), "byte order mark", 1),
        (codecs.BOM_UTF16_LE + '<?xml version="1.0" encoding="UTF-8"?><a/>'.encode("utf-16-le"), "utf-8", 1),
        (b"<a>" * 5000 + b"</a>" * 5000, "[Dd]epth", 1),
    ],
)
def test_refused_with_a_reason_and_a_line(data: bytes, says: str, line: int | None) -> None:
    with pytest.raises(XmlRefused, match=says) as caught:
        parse(data)
    assert caught.value.line == line


@pytest.mark.parametrize("wide", ["utf-16-le", "utf-16-be"])
def test_a_bomb_in_utf_16_is_refused_too(wide: str) -> None:
    mark = codecs.BOM_UTF16_LE if wide.endswith("le") else codecs.BOM_UTF16_BE
    with pytest.raises(XmlRefused, match="DOCTYPE"):
        parse(mark + BOMB.decode().encode(wide))


def test_a_local_file_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("very secret")
    external = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'.encode()
    with pytest.raises(XmlRefused) as caught:
        parse(external)
    assert "very secret" not in str(caught.value)
    included = f'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{secret.as_uri()}" parse="text"/></a>'
    assert "very secret" not in "".join(parse(included.encode()).itertext())


def test_too_large_is_refused_by_size_alone() -> None:
    with pytest.raises(XmlRefused, match="at most 1,000"):
        parse(b"<a>" + b"x" * 1000 + b"</a>", limit=1000)


def test_one_enormous_text_is_refused() -> None:
    with pytest.raises(XmlRefused, match="Not well-formed"):
        parse(b"<a>" + b"x" * 11_000_000 + b"</a>")


@pytest.mark.parametrize(
    "data",
    [
        '<a>é</a>'.encode(),
        codecs.BOM_UTF8 + '<?xml version="1.0" encoding="utf-8"?><a>é</a>'.encode(),
        b"<?xml version='1.0' encoding='US-ASCII'?><a>&#233;</a>",
        codecs.BOM_UTF16_LE + '<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "<a>é</a>".encode("utf-16-be"),
        '<a><!-- x --><?y z?>é</a>'.encode(),
        '\n<a><![CDATA[é]]></a>'.encode(),
    ],
)  # fmt: skip
def test_declared_utf_8_and_utf_16_are_read(data: bytes) -> None:
    root = parse(data)
    assert root.text == "é"
    assert len(root) == 0


def test_nesting_up_to_the_bound_is_taken() -> None:
    depth = DEPTH - 2
    assert parse(b"<a>" * depth + b"</a>" * depth).tag == "a"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        parse(b"<a>" + data + b"</a>")
    except XmlRefused as refused:
        assert refused.reason

"""Bundles made to harm whoever verifies them: the verifier answers, quickly and in little memory, and never breaks."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.verifier import verify
from tests.ledger.bundles.defects import Scene
from tests.ledger.bundles.forger import Forger
from tests.ledger.bundles.made import Keyring


@pytest.fixture(scope="module")
def scene() -> Scene:
    """What the bundles are made of."""
    return Scene(Keyring())


@pytest.fixture(scope="module")
def good(scene: Scene) -> bytes:
    """The honest bundle."""
    return scene.good()


def judged(path: Path, raw: bytes | None = None, **wish: object) -> dict[str, object]:
    if raw is not None:
        path.write_bytes(raw)
    report = verify.as_json(verify.verify(str(path), verify.Wish(**{"deep": True, "level": 4} | wish)))  # type: ignore[arg-type]
    assert report["status"] in {"failed", "unusable"}, report
    return report


def first(report: dict[str, object]) -> str:
    return report["first_bad"]["reason"]  # type: ignore[index]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_anywhere_is_answered(good: bytes, tmp_path: Path, data: st.DataObject) -> None:
    """Whatever is overwritten: an answer, never an exception; and where it says ok, the bundle still says the same."""
    raw = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 4))
        raw[at : at + 4] = data.draw(st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xfe", b'{["\\']))
    path = tmp_path / "spoilt.zip"
    path.write_bytes(raw)
    report = verify.as_json(verify.verify(str(path), verify.Wish(deep=True)))
    if report["status"] == "ok":  # a header's time, a CRC, ...: nothing that is verified
        with zipfile.ZipFile(io.BytesIO(good)) as archive:
            for name in archive.namelist():
                assert archive.read(name) in bytes(raw), f"{name} was altered and nothing said so"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(end=st.integers(0, 10**6), start=st.integers(0, 200))
def test_any_cut_is_answered(good: bytes, tmp_path: Path, end: int, start: int) -> None:
    raw = good[start : max(len(good) - 1 - end % len(good), 0)]
    assert judged(tmp_path / "cut.zip", raw)["status"] == "unusable"


def test_a_file_that_is_none_or_not_there(tmp_path: Path) -> None:
    assert judged(tmp_path / "nowhere.zip")["status"] == "unusable"
    assert judged(tmp_path / "empty.zip", b"")["status"] == "unusable"
    assert judged(tmp_path / "text.zip", b"not a ZIP file at all, but long enough to be one")["status"] == "unusable"
    assert judged(tmp_path)["status"] == "unusable"


def _directory(raw: bytes) -> list[int]:
    """Where each central header begins."""
    size, start = struct.unpack_from("<2I", raw, len(raw) - 10)
    found, at = [], start
    while at < start + size:
        found.append(at)
        lengths = struct.unpack_from("<3H", raw, at + 28)
        at += 46 + sum(lengths)
    return found


def _spoilt(raw: bytes, at: int, form: str, *values: int) -> bytes:
    spoilt = bytearray(raw)
    struct.pack_into(form, spoilt, at, *values)
    return bytes(spoilt)


def test_members_that_lie_about_themselves_are_refused(good: bytes, tmp_path: Path) -> None:
    header = _directory(good)[1]
    path = tmp_path / "lying.zip"
    for at, form, values in (
        (header + 8, "<H", (1,)),  # encrypted
        (header + 10, "<H", (8,)),  # deflated
        (header + 20, "<I", (5,)),  # another stored length
        (header + 24, "<2H", (0xFFFF, 0xFFFF)),  # longer than the file, and a long name
        (header + 34, "<H", (3,)),  # on another disk
        (header + 42, "<I", (0xFFFFFFF0,)),  # outside the file
        (header + 42, "<I", (0,)),  # in another member's place
    ):
        assert first(judged(path, _spoilt(good, at, form, *values))) in {
            "MEMBER_REFUSED",
            "MEMBER_ALTERED",
            "BUNDLE_UNUSABLE",
        }


def test_two_members_over_the_same_bytes_are_refused(good: bytes, tmp_path: Path) -> None:
    """The trick of small files that unpack to petabytes: many names, one place."""
    members = {name: raw for name, raw in _members(good).items() if name != "manifest.json"}
    outer = tmp_path / "overlap.zip"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("inner.bin", b"x" * 100)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("manifest.json", _members(good)["manifest.json"])
        archive.writestr("outer.bin", inner.getvalue()[: 30 + 9 + 100])
        for name, raw in members.items():
            archive.writestr(name, raw)
        begin = archive.getinfo("outer.bin").header_offset + 30 + 9
        extra = zipfile.ZipInfo("inner.bin")
        extra.header_offset, extra.file_size, extra.compress_size = begin, 100, 100
        extra.CRC = 0
        archive.filelist.append(extra)
        archive.NameToInfo["inner.bin"] = extra
    report = judged(outer)
    assert any("overlaps" in bad["detail"] for bad in report["failures"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    [
        "a" * 250 + "!",
        "a/" * 120 + "!",
        "/etc/passwd",
        "a//b",
        "a/../b",
        "..",
        ".",
        "a/",
        "a\\b",
        "C:a",
        "a b",
        "\u00e9",
    ],
)
def test_names_that_no_member_may_have(good: bytes, tmp_path: Path, name: str) -> None:
    """Refused, and at once: a pattern that looks back and forth over a long name would take for ever."""
    path = tmp_path / "named.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for known, raw in _members(good).items():
            archive.writestr(known, raw)
        archive.writestr(zipfile.ZipInfo(name), b"!")
    assert first(judged(path, level=3)) == "MEMBER_REFUSED"


def _members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with(path: Path, good: bytes, **changed: bytes) -> Path:
    members = _members(good) | {
        name.replace("__", "/").replace("_json", ".json").replace("_txt", ".txt"): raw for name, raw in changed.items()
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{" * 100_000,
        b'{"format": "einv-bundle/1"}',
        b'{"format": "einv-bundle/1", "format": "einv-bundle/1"}',
        b"\xff\xfe",
        b"1e999",
        b"9" * 10_000,
    ],
)
def test_a_manifest_that_is_none(good: bytes, tmp_path: Path, manifest: bytes) -> None:
    assert judged(_with(tmp_path / "bad.zip", good, manifest_json=manifest))["status"] == "unusable"


def test_a_manifest_with_any_member_of_another_kind(good: bytes, tmp_path: Path) -> None:
    manifest = json.loads(_members(good)["manifest.json"])
    for name, value in manifest.items():
        for wrong in (None, -1, 2**63, True, 1.5, "x", [], {}, [value], [[[]]], "\ud800"):
            if wrong == value:
                continue
            spoilt = json.dumps(manifest | {name: wrong}).encode()
            judged(_with(tmp_path / "bad.zip", good, manifest_json=spoilt))


def test_segments_that_overlap_run_away_or_repeat(scene: Scene, good: bytes, tmp_path: Path) -> None:
    manifest = json.loads(_members(good)["manifest.json"])
    (segment,) = manifest["segments"]
    for change in (
        {"count": 16},
        {"count": 2**40},
        {"first": 1},
        {"entries": [1, segment["entries"][1]]},
        {"entries": [0, 2**50]},
        {"signatures": [0, 0]},
        {"contents": "manifest.json"},
        {"contents": "../contents/00000.bin"},
    ):
        spoilt = json.dumps(manifest | {"segments": [segment | change]}).encode()
        assert first(judged(_with(tmp_path / "bad.zip", good, manifest_json=spoilt))) in {
            "MANIFEST_WRONG",
            "BUNDLE_UNUSABLE",
        }
    spoilt = json.dumps(manifest | {"segments": [segment, segment]}).encode()
    assert first(judged(_with(tmp_path / "bad.zip", good, manifest_json=spoilt))) == "MANIFEST_WRONG"


@pytest.mark.parametrize("name", ["keys_json", "proofs_json", "rulesets_json", "checkpoints_txt"])
@pytest.mark.parametrize(
    "raw", [b"", b"[" * 200_000, b"null", b"[null]", b'{"a":1,"a":2}', b"\xff", b"[1.5]", b"\n" * 50]
)
def test_a_description_that_is_none(scene: Scene, good: bytes, tmp_path: Path, name: str, raw: bytes) -> None:
    for bundle in (good, scene.good(first=5, last=12)):
        report = judged(_with(tmp_path / "bad.zip", bundle, **{name: raw}))
        assert report["status"] == "failed"


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
        b"<a>" * 200_000,
        b"",
        b"\0",
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_hostile_xml_of_the_company_itself_is_a_finding(scene: Scene, tmp_path: Path, xml: bytes) -> None:
    from certs import Purpose

    forger = Forger(scene.good())
    forger.contents[12][1] = xml
    forger.rehash(12, scene.keyring.key(Purpose.DOCUMENT, 1))
    forger.relink(12)
    forger.save(tmp_path / "bad.zip")
    report = judged(tmp_path / "bad.zip")
    assert (first(report), report["first_bad"]["seq"]) == ("FACTS_DIFFER", 12)  # type: ignore[index]


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: b"{" * 100_000,
        lambda raw: b"[]",
        lambda raw: raw.replace(b'"INV-4"', b'["INV-4"]'),
        lambda raw: raw.replace(b'"none/1"', b"[]"),
        lambda raw: raw.replace(b'"20.25"', b'"1e400"'),
        lambda raw: raw.replace(b'"20.25"', b'"' + b"9" * 5_000 + b'"'),
        lambda raw: raw.replace(b'"20.25"', b"20.25"),
        lambda raw: raw.replace(b'"2026-11-21"', b'"2026-13-21"'),
        lambda raw: raw.replace(b'"number":"INV-4"', b'"number":"INV-9","number":"INV-4"'),
        lambda raw: raw + b" ",
        lambda raw: b"\xff" + raw,
    ],
)
def test_hostile_json_of_the_company_itself_is_a_finding(scene: Scene, tmp_path: Path, change: object) -> None:
    from certs import Purpose

    forger = Forger(scene.good())
    forger.contents[12][0] = change(forger.contents[12][0])  # type: ignore[operator]
    forger.rehash(12, scene.keyring.key(Purpose.DOCUMENT, 1))
    forger.relink(12)
    forger.save(tmp_path / "bad.zip")
    report = judged(tmp_path / "bad.zip")
    assert (first(report), report["first_bad"]["seq"]) == ("FACTS_DIFFER", 12)  # type: ignore[index]


def test_rubbish_of_every_length_in_every_member(scene: Scene, good: bytes, tmp_path: Path) -> None:
    rubbish = random.Random(7)
    for name in ("entries.bin", "signatures.bin", "contents/00000.bin"):
        for size in (0, 1, 3, 4, 5, 191, 192, 1_000, 60_000):
            forger = Forger(good)
            raw = rubbish.randbytes(size)
            forger.late.append(lambda members, name=name, raw=raw: members.update({name: raw}))  # type: ignore[misc]
            forger.save(tmp_path / "bad.zip")
            judged(tmp_path / "bad.zip")


def test_a_small_exponent_or_a_huge_key_does_not_keep_the_verifier_busy(scene: Scene, tmp_path: Path) -> None:
    """keys.json offers a key of 65,536 bits: it is not taken."""
    import base64
    from hashlib import sha256

    modulus = (1 << 65_535) | 1
    number = modulus.to_bytes(8_193, "big")
    integer = b"\x02\x82" + len(number).to_bytes(2, "big") + number
    inner = integer + b"\x02\x03\x01\x00\x01"
    sequence = b"\x30\x82" + len(inner).to_bytes(2, "big") + inner
    bits = b"\x03\x82" + (len(sequence) + 1).to_bytes(2, "big") + b"\0" + sequence
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    spki = b"\x30\x82" + (len(algorithm) + len(bits)).to_bytes(2, "big") + algorithm + bits
    forger = Forger(scene.good())
    keys = forger.json("keys.json")
    keys[0] |= {"spki": base64.b64encode(spki).decode(), "key_id": sha256(spki).digest()[:8].hex()}
    forger.set_json("keys.json", keys)
    forger.save(tmp_path / "bad.zip")
    assert first(judged(tmp_path / "bad.zip")) == "KEY_UNKNOWN"

"""What can be wrong with a bundle: a function for each defect, with the reason and the entry that verifiers must name.

The ledger is `made.story`: 0 to 2 its three keys, 3 to 5 INV-1 to INV-3, 6 CN-1, 7 an approval, 8 and 9 another
document key, 10 and 11 another ledger key, 12 INV-4, 13 a received document, 14 INV-5, 15 INV-6, 16 a status.
Checkpoints were signed at the sizes 3, 4, 5, 6, 8, 10, 12, 13, 14 and 17.
"""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec

from certs import Purpose
from ledger import checkpoint, merkle
from ledger.bundle import Cosigned
from ledger.cosignature import WITNESS, NoteKey
from ledger.entry import Kind
from ledger.signing import message
from tests.ledger.bundles.forger import Forger
from tests.ledger.bundles.made import OTHER, Keyring, Made, bundle, story


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a verifier says of one file of the corpus."""

    file: str
    status: str
    """`ok`, `failed` or `unusable`."""
    reason: str | None = None
    seq: int | None = None
    """The first bad entry; null where the bundle as a whole is."""
    level: str = "L3"
    since: str | None = None
    """A checkpoint beside the bundle that the auditor brings."""
    deep: bool = False
    what: str = ""


class Scene:
    """All that the defects are made of."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self.made = story(keyring)
        foreign = Keyring()
        self.other = Made(foreign, OTHER)
        self.other.document("INV-1")
        self.other.sign()

    def good(self, **given: object) -> bytes:
        """The honest bundle."""
        file = BytesIO()
        bundle(self.made, file, **given)  # type: ignore[arg-type]
        return file.getvalue()

    def erased(self, **given: object) -> bytes:
        """A bundle in which INV-2's content was erased."""
        made = story(self.keyring)
        made.append(Kind.ERASURE, b'{"reason":"kept long enough"}', number="INV-2")
        made.sign()
        file = BytesIO()
        bundle(made, file, erased=(4,), **given)  # type: ignore[arg-type]
        return file.getvalue()


Maker = Callable[[Scene, Path], None]
TABLE: list[tuple[Expected, Maker]] = []


def case(file: str, reason: str | None, seq: int | None, **more: object) -> Callable[[Maker], Maker]:
    """Enter a file into the table."""

    def enter(make: Maker) -> Maker:
        status = "ok" if reason is None else "unusable" if reason == "BUNDLE_UNUSABLE" else "failed"
        what = (make.__doc__ or "").strip()
        TABLE.append((Expected(file=file + ".zip", status=status, reason=reason, seq=seq, what=what, **more), make))  # type: ignore[arg-type]
        return make

    return enter


def forged(
    file: str, reason: str, seq: int | None, *, first: int = 0, erased: bool = False, **more: object
) -> Callable[[object], object]:
    """Enter a defect that is made out of the honest bundle."""

    def enter(change: Callable[[Forger, Scene], None]) -> Callable[[Forger, Scene], None]:
        def make(scene: Scene, path: Path) -> None:
            forger = Forger(scene.erased() if erased else scene.good(first=first))
            change(forger, scene)
            forger.save(path)

        make.__doc__ = change.__doc__
        case(file, reason, seq, **more)(make)
        return change

    return enter  # type: ignore[return-value]


# Honest ones: whoever fails these fails everything.


@case("good", None, None, deep=True)
def _(scene: Scene, path: Path) -> None:
    """The whole ledger, nothing wrong."""
    path.write_bytes(scene.good())


@case("good-range", None, None)
def _(scene: Scene, path: Path) -> None:
    """Entries 5 to 12: keys from before, a part of the tree."""
    path.write_bytes(scene.good(first=5, last=12))


@case("good-since", None, None, since="honest-13.note")
def _(scene: Scene, path: Path) -> None:
    """Against a checkpoint that was kept from before."""
    path.write_bytes(scene.good())
    (path.parent / "honest-13.note").write_bytes(scene.made.notes[13])
    (path.parent / "honest-17.note").write_bytes(scene.made.notes[17])


@case("good-erased", None, None)
def _(scene: Scene, path: Path) -> None:
    """INV-2's content was erased, and an entry says so."""
    path.write_bytes(scene.erased())


@case("good-erased-later", None, None)
def _(scene: Scene, path: Path) -> None:
    """Entries 3 to 6; the entry that says INV-2 was erased lies behind them."""
    path.write_bytes(scene.erased(first=3, last=6))


def _witnessed(scene: Scene, seconds: int, signed_seconds: int) -> bytes:
    witness = scene.keyring.key(Purpose.LEDGER, 100)
    note = scene.made.notes[14]
    text = checkpoint.parse(note).text
    key = NoteKey("witness.test/w1", WITNESS, witness.spki[-32:])
    signature = witness.sign(b"cosignature/v1\ntime %d\n" % signed_seconds + text)
    raw = base64.b64encode(key.id + seconds.to_bytes(8, "big") + signature).decode()
    line = f"\u2014 {key.name} {raw}\n".encode()
    return scene.good(cosigned=Cosigned((key,), (note + line,)))


@case("good-witnessed", None, None, level="L4")
def _(scene: Scene, path: Path) -> None:
    """A witness has signed the checkpoint of size 14."""
    path.write_bytes(_witnessed(scene, 1_795_249_900, 1_795_249_900))


# Content.


def _edit(forger: Forger, seq: int, part: int, old: bytes, new: bytes) -> None:
    piece = forger.contents[seq - forger.first][part]
    assert isinstance(piece, bytes)
    assert old in piece
    forger.contents[seq - forger.first][part] = piece.replace(old, new)


@forged("document-byte", "CONTENT_ALTERED", 4)
def _(forger: Forger, scene: Scene) -> None:
    """One byte of an XML document."""
    _edit(forger, 4, 1, b"INV-2", b"INV-9")


@forged("document-byte-blind", "CONTENT_ALTERED", 4)
def _(forger: Forger, scene: Scene) -> None:
    """One byte of an XML document, and the manifest was not made anew."""
    at = "contents/00000.bin"
    forger.blind.append(lambda members: members.update({at: members[at].replace(b"<cbc:ID>INV-2", b"<cbc:ID>INV-9")}))


@forged("amount", "CONTENT_ALTERED", 4)
def _(forger: Forger, scene: Scene) -> None:
    """An amount in the canonical JSON."""
    _edit(forger, 4, 0, b"105.00", b"905.00")


@forged("amount-rehashed", "SEAL_WRONG", 4)
def _(forger: Forger, scene: Scene) -> None:
    """An amount in both forms; hashes and links made anew, by someone without the document key."""
    for part in (0, 1):
        _edit(forger, 4, part, b"105.00", b"905.00")
    forger.rehash(4)
    forger.relink(4)


@forged("amount-resealed", "ROOT_DIFFERS", 4)
def _(forger: Forger, scene: Scene) -> None:
    """The same by someone who has the document key: only the checkpoints are left to tell."""
    for part in (0, 1):
        _edit(forger, 4, part, b"105.00", b"905.00")
    forger.rehash(4, scene.keyring.key(Purpose.DOCUMENT, 0))
    forger.relink(4)


@forged("xml-says-otherwise", "FACTS_DIFFER", 12, deep=True)
def _(forger: Forger, scene: Scene) -> None:
    """JSON and XML of one document state different totals, both sealed."""
    _edit(forger, 12, 1, b">20.25<", b">2025<")
    forger.rehash(12, scene.keyring.key(Purpose.DOCUMENT, 1))
    forger.relink(12)


@forged("missing-document", "CONTENT_MISSING", 4)
def _(forger: Forger, scene: Scene) -> None:
    """The XML of a document is not there."""
    forger.contents[4][1] = None


@forged("missing-json", "CONTENT_MISSING", 5)
def _(forger: Forger, scene: Scene) -> None:
    """The canonical JSON is not there."""
    forger.contents[5][0] = None


@forged("erased-untold", "CONTENT_ERASED", 4)
def _(forger: Forger, scene: Scene) -> None:
    """Content marked as erased, and no entry says that it was."""
    forger.contents[4] = ["erased", "erased"]


@forged("ruleset-unlisted", "RULESET_UNLISTED", 3)
def _(forger: Forger, scene: Scene) -> None:
    """Rule sets left out."""
    forger.set_json("rulesets.json", [])


@forged("erased-another", "CONTENT_ERASED", 5, erased=True)
def _(forger: Forger, scene: Scene) -> None:
    """Content marked as erased; what was erased is another document."""
    forger.contents[5] = ["erased", "erased"]


# Order and number.


@forged("deleted", "ENTRY_MISSING", 4)
def _(forger: Forger, scene: Scene) -> None:
    """An entry taken out of the middle."""
    forger.take(4)


@forged("deleted-renumbered", "ROOT_DIFFERS", 4)
def _(forger: Forger, scene: Scene) -> None:
    """An entry taken out of the middle, all that follow numbered and linked anew: every seal holds."""
    forger.take(4)
    forger.relink(4)
    keys = forger.json("keys.json")
    for key in keys:
        for name in ("added_seq", "retired_seq"):
            key[name] = key[name] - 1 if key[name] and key[name] > 4 else key[name]
    forger.set_json("keys.json", keys)


@forged("swapped", "ENTRY_MISSING", 4)
def _(forger: Forger, scene: Scene) -> None:
    """Two entries in each other's place."""
    forger.put(5, forger.take(4))


@forged("swapped-renumbered", "ROOT_DIFFERS", 4)
def _(forger: Forger, scene: Scene) -> None:
    """Two entries in each other's place, numbered and linked anew."""
    forger.put(5, forger.take(4))
    forger.relink(4)


@forged("repeated", "ENTRY_REPEATED", 4)
def _(forger: Forger, scene: Scene) -> None:
    """An entry twice, as it is."""
    forger.put(5, (forger.entries[4], forger.signatures[4], forger.contents[4]))
    forger.take(17)


@forged("replayed", "NUMBER_REPEATED", 6)
def _(forger: Forger, scene: Scene) -> None:
    """A sealed document entered a second time, numbered and linked: its seal holds."""
    forger.put(6, (forger.entries[4], forger.signatures[4], forger.contents[4]))
    forger.take(17)
    forger.relink(6)


@forged("replayed-as-another", "FACTS_DIFFER", 5)
def _(forger: Forger, scene: Scene) -> None:
    """Content and seal of INV-2 in the place of INV-3: hashes and seal hold, the number doesn't."""
    source = forger.entry(4)
    forger.contents[5], forger.signatures[5] = forger.contents[4], forger.signatures[4]
    forger.change(5, invoice_hash=source.invoice_hash, xml_hash=source.xml_hash, signature_hash=source.signature_hash)
    forger.relink(5)


@forged("time-altered", "ROOT_DIFFERS", 5)
def _(forger: Forger, scene: Scene) -> None:
    """The time in an entry."""
    forger.change(5, at_us=1)


@forged("opened-otherwise", "LINK_BROKEN", 0)
def _(forger: Forger, scene: Scene) -> None:
    """The time at which the ledger was opened."""
    forger.manifest["created_us"] += 1


@forged("foreign-entry", "ENTRY_OTHER_COMPANY", 12)
def _(forger: Forger, scene: Scene) -> None:
    """An entry of another company's ledger, numbered and linked."""
    record = scene.other.records[3]
    forger.take(12)
    forger.put(12, (record.body, record.signature or b"", [record.canonical, record.attached]))
    forger.relink(12)


@forged("foreign-ledger", "ENTRY_OTHER_COMPANY", 0)
def _(forger: Forger, scene: Scene) -> None:
    """The bundle says that it is another company's."""
    forger.manifest["company_id"] = str(OTHER)


# Keys.


@forged("wrong-key", "KEY_UNKNOWN", 12)
def _(forger: Forger, scene: Scene) -> None:
    """A document sealed with a key that the ledger never added."""
    forger.rehash(12, scene.keyring.key(Purpose.DOCUMENT, 100))
    forger.relink(12)


@forged("wrong-signature", "SEAL_WRONG", 12)
def _(forger: Forger, scene: Scene) -> None:
    """A signature by another key under the right key's name."""
    entry = forger.entry(12)
    stranger = scene.keyring.key(Purpose.DOCUMENT, 100)
    forger.seal(12, stranger.sign(message(entry.invoice_hash, entry.xml_hash)))
    forger.relink(12)


@forged("seal-altered", "SEAL_WRONG", 3)
def _(forger: Forger, scene: Scene) -> None:
    """One byte of a signature."""
    forger.signatures[3] = forger.signatures[3][:-1] + bytes([forger.signatures[3][-1] ^ 1])


@forged("seal-missing", "SEAL_MISSING", 5)
def _(forger: Forger, scene: Scene) -> None:
    """A document without its seal."""
    forger.seal(5, b"", bytes(8))
    forger.relink(5)


@forged("key-retired", "KEY_NOT_IN_FORCE", 12)
def _(forger: Forger, scene: Scene) -> None:
    """Sealed with the key that was retired before."""
    forger.rehash(12, scene.keyring.key(Purpose.DOCUMENT, 0))
    forger.relink(12)


@forged("key-too-early", "KEY_UNKNOWN", 5)
def _(forger: Forger, scene: Scene) -> None:
    """Sealed with a key that is added only later."""
    forger.rehash(5, scene.keyring.key(Purpose.DOCUMENT, 1))
    forger.relink(5)


@forged("key-unproven", "KEY_EVENT_WRONG", 8)
def _(forger: Forger, scene: Scene) -> None:
    """A key added without a proof that whoever added it holds it."""
    forger.contents[8][1] = None
    forger.rehash(8, scene.keyring.key(Purpose.DOCUMENT, 0))
    forger.relink(8)


@forged("key-table", "KEY_TABLE_DIFFERS", 0)
def _(forger: Forger, scene: Scene) -> None:
    """keys.json says that the first key was never retired."""
    keys = forger.json("keys.json")
    keys[0]["retired_seq"] = None
    forger.set_json("keys.json", keys)


@forged("range-event-left-out", "KEY_NOT_IN_FORCE", 10, first=12)
def _(forger: Forger, scene: Scene) -> None:
    """Of a range, the event before it that retired a key is left out."""
    proofs, keys = forger.json("proofs.json"), forger.json("keys.json")
    proofs["outside"] = [one for one in proofs["outside"] if one["seq"] != 9]
    keys[0]["retired_seq"] = None
    forger.set_json("proofs.json", proofs)
    forger.set_json("keys.json", keys)


# Checkpoints.


def _note(made: Made, size: int, leaves: list[bytes], *signers: object) -> str:
    return checkpoint.make(made.origin, size, merkle.root(leaves[:size]), signers).decode()  # type: ignore[arg-type]


@forged("checkpoint-forged", "CHECKPOINT_UNSIGNED", 16)
def _(forger: Forger, scene: Scene) -> None:
    """Another root in the newest checkpoint, above the old signatures."""
    notes, root = forger.notes(), merkle.root(scene.made.leaves[:16])
    lines = notes[-1].split("\n")
    lines[2] = base64.b64encode(root).decode()
    forger.set_notes([*notes[:-1], "\n".join(lines)])
    forger.manifest["checkpoint"]["root"] = root.hex()


@forged("checkpoint-foreign-key", "CHECKPOINT_UNSIGNED", 16)
def _(forger: Forger, scene: Scene) -> None:
    """The newest checkpoint signed by keys that are not the ledger's."""
    strangers = [scene.keyring.key(purpose, 100) for purpose in (Purpose.LEDGER, Purpose.LEDGER_RSA)]
    forger.set_notes([*forger.notes()[:-1], _note(scene.made, 17, scene.made.leaves, *strangers)])


@forged("checkpoint-one-line", "CHECKPOINT_UNSIGNED", 16)
def _(forger: Forger, scene: Scene) -> None:
    """The newest checkpoint without its RSA line."""
    keys = [scene.keyring.key(Purpose.LEDGER, 1)]
    forger.set_notes([*forger.notes()[:-1], _note(scene.made, 17, scene.made.leaves, *keys)])


@forged("checkpoint-retired-key", "CHECKPOINT_UNSIGNED", 12)
def _(forger: Forger, scene: Scene) -> None:
    """A checkpoint signed by the ledger key that was retired before."""
    signers = [scene.keyring.key(Purpose.LEDGER, 0), scene.keyring.key(Purpose.LEDGER_RSA, 0)]
    notes = forger.notes()
    notes[7] = _note(scene.made, 13, scene.made.leaves, *signers)
    forger.set_notes(notes)


@forged("checkpoint-foreign", "CHECKPOINT_MALFORMED", None)
def _(forger: Forger, scene: Scene) -> None:
    """The checkpoint of another company."""
    forger.set_notes([*forger.notes()[:-1], scene.other.notes[4].decode()])


@forged("checkpoint-foreign-renamed", "CHECKPOINT_UNSIGNED", 16)
def _(forger: Forger, scene: Scene) -> None:
    """The root of another company's ledger, under this one's name."""
    signers = [scene.other.signers[Purpose.LEDGER], scene.other.signers[Purpose.LEDGER_RSA]]
    root = merkle.root(scene.other.leaves)
    forger.set_notes([*forger.notes()[:-1], checkpoint.make(scene.made.origin, 17, root, signers).decode()])
    forger.manifest["checkpoint"]["root"] = root.hex()


@forged("consistency-wrong", "CONSISTENCY_WRONG", 14)
def _(forger: Forger, scene: Scene) -> None:
    """Two entries cut off, and the proof that leads to the newest checkpoint is made up."""
    for _ in range(2):
        forger.take(len(forger.entries) - 1)
    proofs = forger.json("proofs.json")
    path = merkle.consistency_proof(scene.made.leaves, 15)
    proofs["consistency"] = {"from": 15, "to": 17, "path": [path[0].hex(), *[bytes(32).hex() for _ in path[1:]]]}
    forger.set_json("proofs.json", proofs)


@forged("left-peaks", "ROOT_DIFFERS", 5, first=5)
def _(forger: Forger, scene: Scene) -> None:
    """What lies left of a range is not what was signed."""
    proofs = forger.json("proofs.json")
    proofs["left_peaks"][0] = bytes(32).hex()
    forger.set_json("proofs.json", proofs)


@forged("inclusion-wrong", "INCLUSION_WRONG", 1, first=5)
def _(forger: Forger, scene: Scene) -> None:
    """An entry about a key, from before the range, that is not in the tree."""
    proofs = forger.json("proofs.json")
    proofs["outside"][1]["path"][0] = bytes(32).hex()
    forger.set_json("proofs.json", proofs)


@case("cut-tail", "SINCE_CUT", 14, since="honest-17.note")
def _(scene: Scene, path: Path) -> None:
    """The ledger as it was at 14 entries; a checkpoint over 17 had been handed out."""
    made = story(scene.keyring)
    made.records, made.notes = made.records[:14], {size: note for size, note in made.notes.items() if size <= 14}
    file = BytesIO()
    bundle(made, file)
    path.write_bytes(file.getvalue())


@case("rewritten", "SINCE_DIFFERS", 0, since="honest-13.note")
def _(scene: Scene, path: Path) -> None:
    """All of it written anew by someone who holds every key: only a kept checkpoint tells."""
    file = BytesIO()
    bundle(story(scene.keyring), file)  # salts and signatures differ, so the whole tree does
    path.write_bytes(file.getvalue())


@case("other-ledger", "SINCE_OTHER_LEDGER", None, since="foreign-4.note")
def _(scene: Scene, path: Path) -> None:
    """The checkpoint that the auditor brings is another ledger's."""
    path.write_bytes(scene.good())
    (path.parent / "foreign-4.note").write_bytes(scene.other.notes[4])


@case("witness-line", "WITNESS_WRONG", 13, level="L4")
def _(scene: Scene, path: Path) -> None:
    """A witness's line with another time than it signed."""
    path.write_bytes(_witnessed(scene, 1_795_249_901, 1_795_249_900))


@case("unwitnessed", "NOTHING_CHECKED", None, level="L4")
def _(scene: Scene, path: Path) -> None:
    """Asked for witnesses, where there are none."""
    path.write_bytes(scene.good())


# The container.


def _on(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: change(members[name])})


def _at(raw: bytes, seq: int, forger: Forger) -> int:
    """Where an entry's content begins."""
    return sum(
        4 + (len(piece) if isinstance(piece, bytes) else 0) for content in forger.contents[:seq] for piece in content
    )


@forged("segment-truncated", "FRAME_WRONG", 16)
def _(forger: Forger, scene: Scene) -> None:
    """The last bytes of a segment of contents are not there."""
    forger.late.append(_on("contents/00000.bin", lambda raw: raw[:-3]))


@forged("entries-truncated", "FRAME_WRONG", 16)
def _(forger: Forger, scene: Scene) -> None:
    """The last bytes of the entries are not there."""
    forger.late.append(_on("entries.bin", lambda raw: raw[:-3]))


@forged("signatures-truncated", "FRAME_WRONG", 15)
def _(forger: Forger, scene: Scene) -> None:
    """The last bytes of the signatures are not there."""
    forger.late.append(_on("signatures.bin", lambda raw: raw[:-7]))


@forged("length-wrong", "ENTRY_MALFORMED", 5)
def _(forger: Forger, scene: Scene) -> None:
    """An entry's length is one too many."""
    at = sum(4 + len(entry) for entry in forger.entries[:5])
    size = len(forger.entries[5]) + 1
    forger.late.append(_on("entries.bin", lambda raw: raw[:at] + size.to_bytes(4, "big") + raw[at + 4 :]))


@forged("length-huge", "FRAME_WRONG", 5)
def _(forger: Forger, scene: Scene) -> None:
    """A content of two gigabytes, it says."""
    forger.late.append(
        _on(
            "contents/00000.bin",
            lambda raw: raw[: _at(raw, 5, forger)] + b"\x7f\xff\xff\xff" + raw[_at(raw, 5, forger) + 4 :],
        )
    )


@forged("bytes-left", "FRAME_WRONG", 16)
def _(forger: Forger, scene: Scene) -> None:
    """A segment goes on behind its last entry."""
    forger.late.append(_on("contents/00000.bin", lambda raw: raw + b"\0"))


@forged("member-altered", "MEMBER_ALTERED", None)
def _(forger: Forger, scene: Scene) -> None:
    """A page of the bundle is not the one that the manifest names."""
    forger.blind.append(_on("SPEC.md", lambda raw: raw + b" "))


@forged("member-missing", "MEMBER_MISSING", 0)
def _(forger: Forger, scene: Scene) -> None:
    """A segment of contents is not there."""
    forger.blind.append(lambda members: members.pop("contents/00000.bin") and None)


@forged("member-unlisted", "MEMBER_UNLISTED", None)
def _(forger: Forger, scene: Scene) -> None:
    """A member that the manifest doesn't know."""
    forger.blind.append(lambda members: members.update({"notes.txt": b"!"}))


@forged("member-path", "MEMBER_REFUSED", None)
def _(forger: Forger, scene: Scene) -> None:
    """A member that would be unpacked elsewhere."""
    forger.blind.append(lambda members: members.update({"../../evil.txt": b"!"}))


@forged("manifest-segments", "MANIFEST_WRONG", None)
def _(forger: Forger, scene: Scene) -> None:
    """The manifest's checkpoint is smaller than its range."""
    forger.manifest["checkpoint"]["size"] = 16


def _zip(path: Path, members: dict[str, bytes], *more: tuple[str, bytes, int]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, raw in members.items():
            archive.writestr(zipfile.ZipInfo(name), raw)
        for name, raw, method in more:
            archive.writestr(zipfile.ZipInfo(name), raw, method)


def _members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@case("member-repeated", "MEMBER_REPEATED", None)
def _(scene: Scene, path: Path) -> None:
    """keys.json is there twice."""
    members = _members(scene.good())
    raw = members["keys.json"]
    members["keys.jsoN"] = raw
    _zip(path, members)
    path.write_bytes(path.read_bytes().replace(b"keys.jsoN", b"keys.json"))


@case("member-compressed", "MEMBER_REFUSED", None)
def _(scene: Scene, path: Path) -> None:
    """A member is compressed: twenty megabytes of zeros in a few bytes."""
    members = _members(scene.good())
    members.pop("SPEC.md")
    _zip(path, members, ("SPEC.md", bytes(20_000_000), zipfile.ZIP_DEFLATED))


@case("file-truncated", "BUNDLE_UNUSABLE", None)
def _(scene: Scene, path: Path) -> None:
    """The download broke off."""
    raw = scene.good()
    path.write_bytes(raw[: len(raw) * 2 // 3])


@case("other-form", "BUNDLE_UNUSABLE", None)
def _(scene: Scene, path: Path) -> None:
    """A form that is not known."""
    members = _members(scene.good())
    members["manifest.json"] = members["manifest.json"].replace(b"einv-bundle/1", b"einv-bundle/2")
    _zip(path, members)


@case("no-manifest", "BUNDLE_UNUSABLE", None)
def _(scene: Scene, path: Path) -> None:
    """Some other ZIP file."""
    _zip(path, {"readme.txt": b"hello\n"})

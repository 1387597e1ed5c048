"""The signed note of a checkpoint, held against the definitions of C2SP by computations of the test's own."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from certs import Ed25519Key, LocalSigner, RsaPssKey
from ledger import checkpoint
from ledger.checkpoint import check_note, make, origin, parse
from ledger.errors import CheckpointMalformed
from ledger.key_windows import LedgerKeys

NAME = "gateway.example/ledger/0192f0c1-2e3d-7a4b-8c5d-6e7f8091a2b3"
ROOT = sha256(b"root").digest()
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RSA = rsa.generate_private_key(65537, 2048)
NOTE = make(NAME, 41, ROOT, (LocalSigner(ED25519), LocalSigner(RSA)))

PUBLISHED = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
""".encode()  # noqa: E501
"""The example of the specification."""


def changed(old: str, new: str) -> bytes:
    text = NOTE.decode()
    assert old in text
    return text.replace(old, new).encode()


def test_the_text_and_both_lines_are_what_the_definition_says() -> None:
    text, _, lines = NOTE.partition(b"\n\n")
    text += b"\n"
    assert text == f"{NAME}\n41\n{base64.b64encode(ROOT).decode()}\n".encode()
    first, second, end = lines.split(b"\n")
    assert end == b""
    front = f"— {NAME} ".encode()
    raw = ED25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = sha256(NAME.encode() + b"\x0a\x01" + raw).digest()[:4]
    assert first == front + base64.b64encode(key_id + ED25519.sign(text))
    spki = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signed = base64.b64decode(second.removeprefix(front))
    assert signed[:4] == sha256(NAME.encode() + b"\x0a\xffRSA-PSS-SHA256\x00" + spki).digest()[:4]
    RSA.public_key().verify(signed[4:], text, padding.PSS(padding.MGF1(SHA256()), salt_length=32), SHA256())


def test_these_bytes_never_change() -> None:
    """A vector for other programs: key 000102...1f, size 41, root SHA-256("root")."""
    assert make(NAME, 41, ROOT, (LocalSigner(ED25519),)).decode() == (
        f"{NAME}\n41\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n\n— {NAME} "
        "kFaB5ZLyYMio9sTKIEAqvxL42op3JOCca8mtR8jWUqmsVEP65EQHrK/Z2YQBS4h5au4lQvWAILDuWD2bpSiw/buN7Ak=\n"
    )


def test_what_was_made_is_read() -> None:
    note = parse(NOTE)
    assert (note.origin, note.size, note.root) == (NAME, 41, ROOT)
    assert note.text == NOTE[: NOTE.index(b"\n\n") + 1]
    assert [line.name for line in note.lines] == [NAME, NAME]
    ED25519.public_key().verify(note.lines[0].signature, note.text)
    assert parse(make(NAME, 0, sha256(b"").digest(), (LocalSigner(ED25519),))).size == 0


def test_the_published_example_is_read() -> None:
    note = parse(PUBLISHED)
    assert (note.origin, note.size, len(note.lines)) == ("example.com/behind-the-sofa", 20852163, 1)
    assert note.lines[0].key_id.hex() == "033de0ae"
    assert len(note.lines[0].signature) == 64


def test_lines_of_others_and_extensions_are_read_too() -> None:
    line = f"— witness.example/w1 {base64.b64encode(bytes(76)).decode()}\n".encode()
    note = parse(NOTE + line)
    assert [each.name for each in note.lines] == [NAME, NAME, "witness.example/w1"]
    assert parse(NOTE.replace(b"\n\n", b"\nan extension\n\n")).text.endswith(b"\nan extension\n")
    assert len(parse(NOTE + line * 98).lines) == 100


DAMAGED = [
    (b"", "empty line"),
    (NOTE[:-1], "newline"),
    (NOTE + b"\n", "line"),
    (NOTE + b"x", "line"),
    (NOTE.replace(b"\n\n", b"\n"), "empty line"),
    (NOTE.partition(b"\n\n")[0] + b"\n\n", "signature lines"),
    (NOTE.replace(b"\n", b"\r\n"), "control"),
    (b"\xff" + NOTE, "UTF-8"),
    (NOTE.replace(b"\n41\n", b"\n41\n\n"), "no empty line"),
    (b"\n" + NOTE, "no empty line"),
    (NOTE.partition(b"\n")[2], "origin, a size"),
    (changed("\n41\n", "\n"), "decimal|origin, a size"),
    (changed("\n41\n", "\n041\n"), "leading zeros"),
    (changed("\n41\n", "\n+41\n"), "decimal"),
    (changed("\n41\n", "\n-41\n"), "decimal"),
    (changed("\n41\n", "\n4_1\n"), "decimal"),
    (changed("\n41\n", "\n٤١\n"), "decimal"),
    (changed("\n41\n", "\n41 \n"), "decimal"),
    (changed("\n41\n", "\n\n"), "no empty line"),
    (changed("\n41\n", "\n" + "9" * 20 + "\n"), "decimal"),
    (changed(base64.b64encode(ROOT).decode(), base64.b64encode(ROOT[1:]).decode()), "32 bytes"),
    (changed(base64.b64encode(ROOT).decode(), base64.b64encode(ROOT).decode().rstrip("=")), "base64"),
    (changed("2d7I=\n", "2d7J=\n"), "stray bits"),
    (changed("2d7I=\n", "2d7I =\n"), "base64"),
    (changed("— ", "- "), "dash"),
    (changed("— ", "—"), "dash"),
    (changed(f"— {NAME} ", f"— {NAME}  "), "base64"),
    (changed(f"— {NAME} ", "— "), "dash"),
    (changed(f"— {NAME} ", f"— {NAME}+x "), "dash"),
    (changed(f"— {NAME} ", f"— {NAME}\u00a0x "), "dash"),
    (changed(f"— {NAME} ", f"— {NAME} AAAA "), "base64"),
    (NOTE + f"— {NAME} AAAAAA==\n".encode(), "four bytes"),
    (NOTE + f"— {NAME} \n".encode(), "four bytes"),
    (NOTE + b"\xe2\x80\x94 x AAAAAAA=\n" * 99, "at most 100"),
    (NOTE + b"\xe2\x80\x94 x " + b"A" * 400_000 + b"\n", "bytes"),
]


@pytest.mark.parametrize("number", range(len(DAMAGED)))
def test_what_is_no_checkpoint(number: int) -> None:
    raw, why = DAMAGED[number]
    with pytest.raises(CheckpointMalformed, match=why):
        parse(raw)


@pytest.mark.parametrize(
    "name,size,root",
    [
        ("", 1, ROOT), ("two words", 1, ROOT), ("a+b", 1, ROOT), ("line\nbreak", 1, ROOT), ("x\0", 1, ROOT),
        (NAME, -1, ROOT), (NAME, 1, ROOT[1:]), (NAME, 1, b""),
    ],
)  # fmt: skip
def test_what_none_is_made_of(name: str, size: int, root: bytes) -> None:
    with pytest.raises(CheckpointMalformed):
        checkpoint.text(name, size, root)


@settings(max_examples=60, deadline=None)
@given(
    host=st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,5})?", fullmatch=True),
    company=st.uuids(),
    size=st.integers(0, 2**63 - 1),
    root=st.binary(min_size=32, max_size=32),
)
def test_every_checkpoint_comes_back_and_has_one_spelling(host: str, company: UUID, size: int, root: bytes) -> None:
    name = origin(host, company)
    raw = make(name, size, root, (LocalSigner(ED25519),))
    note = parse(raw)
    assert (note.origin, note.size, note.root) == (name, size, root)
    lines = "".join(f"— {line.name} {base64.b64encode(line.key_id + line.signature).decode()}\n" for line in note.lines)
    assert note.text + b"\n" + lines.encode() == raw


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(NOTE) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_leaves_both_signatures_good(place: int, bit: int) -> None:
    """Whoever reads it finds it malformed, speaking of something else, or a line that isn't the key's any more."""
    raw = bytearray(NOTE)
    raw[place] ^= 1 << bit
    try:
        note = parse(bytes(raw))
    except CheckpointMalformed:
        return
    assert note != parse(NOTE)
    assert (note.text, note.lines) != (parse(NOTE).text, parse(NOTE).lines)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_refused_in_words(raw: bytes) -> None:
    with pytest.raises(CheckpointMalformed, match=re.compile("[a-z]{3}")):
        parse(raw)


KEYS = LedgerKeys(Ed25519Key(LocalSigner(ED25519).spki), RsaPssKey(LocalSigner(RSA).spki))
ED25519_LINE, RSA_LINE = (line + b"\n" for line in NOTE.split(b"\n")[4:6])
TEXT = NOTE[: NOTE.index(b"\n\n") + 1]
OTHER = make(NAME, 42, ROOT, (LocalSigner(ED25519), LocalSigner(RSA)))


def test_the_ledgers_own_checkpoint_is_known() -> None:
    assert check_note(NOTE, NAME, 41, ROOT, KEYS) is None
    witness = f"— witness.example/w1 {base64.b64encode(bytes(76)).decode()}\n".encode()
    assert check_note(NOTE + witness, NAME, 41, ROOT, KEYS) is None
    assert check_note(TEXT + b"\n" + witness + RSA_LINE + ED25519_LINE, NAME, 41, ROOT, KEYS) is None


NOT_OURS = {
    "another size": (OTHER, "speaks of 42 entries"),
    "another root": (make(NAME, 41, bytes(32), (LocalSigner(ED25519), LocalSigner(RSA))), "another root"),
    "another ledger": (make(NAME + "x", 41, ROOT, (LocalSigner(ED25519), LocalSigner(RSA))), "speaks of"),
    "more said": (TEXT + b"more\n\n" + ED25519_LINE + RSA_LINE, "speaks of"),
    "no line by the Ed25519 key": (TEXT + b"\n" + RSA_LINE, "0 lines by the ledger's Ed25519 key"),
    "no line by the RSA key": (TEXT + b"\n" + ED25519_LINE, "0 lines by the ledger's RSA-PSS-SHA256 key"),
    "a line twice": (NOTE + ED25519_LINE, "2 lines by the ledger's Ed25519 key"),
    "signatures over something else": (TEXT + b"\n" + OTHER.partition(b"\n\n")[2], "Ed25519 key is not its signature"),
    "one signature over something else": (
        TEXT + b"\n" + ED25519_LINE + OTHER.split(b"\n")[5] + b"\n",
        "RSA-PSS-SHA256 key is not its signature",
    ),
    "no note": (b"x", "empty line"),
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_what_is_not_the_ledgers_own_checkpoint(what: str) -> None:
    note, why = NOT_OURS[what]
    told = check_note(note, NAME, 41, ROOT, KEYS)
    assert told is not None
    assert why in told

"""A witness cosigns a log that only grows, and nothing else; its lines count for whoever knows its key."""

from __future__ import annotations

import base64
import contextlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import checkpoint
from ledger.cosignature import LOG, WITNESS, Cosigner, NoteKey, check_cosignatures
from ledger.errors import CheckpointMalformed, CosignatureWrong, WitnessMalformed
from ledger.witness import SIZE_TYPE, AddCheckpoint, Answer, Log, Seen, decide
from tests.ledger.logs import SmallLog

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
WITNESS_ONE = Cosigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def answer(
    log: Log | None, seen: Seen | None, asked: AddCheckpoint, *, now: datetime = NOW
) -> tuple[Answer, Seen | None]:
    return decide(log, seen, asked, checkpoint.parse(asked.note), WITNESS_ONE, now=now)


def cosigned(log: SmallLog, *sizes: int) -> Seen:
    """What the witness keeps after it cosigned these sizes one after the other."""
    seen: Seen | None = None
    for size in sizes:
        got, seen = answer(log.known(), seen, log.asks(seen.size if seen else 0, size))
        assert got.status == 200
    assert seen is not None
    return seen


# ---- the line ----


def test_a_cosignature_of_others_is_read_in_its_published_form() -> None:
    """The example of C2SP tlog-cosignature; which keys it was made with isn't published."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 "
        "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    ).encode()
    line = checkpoint.parse(note).lines[1]
    assert (line.name, line.key_id.hex()) == ("witness.example.com/w1", "8d66cf3f")
    assert int.from_bytes(line.signature[:8], "big") == 1679315147
    assert check_cosignatures(note, [WITNESS_ONE.key]) == (), "others' lines are passed over"


def test_a_witnesss_line_tells_who_and_when() -> None:
    log = SmallLog().grow(3)
    note = log.note() + WITNESS_ONE.cosign(checkpoint.parse(log.note()).text, NOW + timedelta(microseconds=5))
    (found,) = check_cosignatures(note, [WITNESS_ONE.key])
    assert (found.witness, found.at) == (WITNESS_ONE.key, NOW)
    lines = note.decode().splitlines()
    assert lines[-1].startswith("— witness.example/w1 ")
    assert base64.b64decode(lines[-1].split(" ")[2])[:4] == WITNESS_ONE.key.id


@pytest.mark.parametrize("place", [4, 11, 12, 40, 75])
def test_a_line_by_a_known_witness_that_is_not_its_signature_spoils_the_note(place: int) -> None:
    """From the time on; in the four bytes before, another key is named, whose line doesn't concern us."""
    note = SmallLog().grow(3).note()
    raw = bytearray(base64.b64decode(WITNESS_ONE.cosign(checkpoint.parse(note).text, NOW).split(b" ")[2]))
    raw[place] ^= 1
    forged = note + f"— witness.example/w1 {base64.b64encode(raw).decode()}\n".encode()
    with pytest.raises(CosignatureWrong, match=r"witness\.example/w1 is not its signature"):
        check_cosignatures(forged, [WITNESS_ONE.key])


def test_a_line_over_another_tree_does_not_count() -> None:
    log = SmallLog().grow(3)
    line = WITNESS_ONE.cosign(checkpoint.parse(log.note(2)).text, NOW)
    with pytest.raises(CosignatureWrong):
        check_cosignatures(log.note(3) + line, [WITNESS_ONE.key])


def test_a_time_beyond_every_calendar_is_refused() -> None:
    note = SmallLog().grow(1).note()

    class Later(datetime):
        def timestamp(self) -> float:
            return 2**62

    line = WITNESS_ONE.cosign(checkpoint.parse(note).text, Later(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(CosignatureWrong, match="no time"):
        check_cosignatures(note + line, [WITNESS_ONE.key])


def test_bytes_that_are_no_note_are_no_cosigned_note() -> None:
    with pytest.raises(CheckpointMalformed):
        check_cosignatures(b"nothing", [WITNESS_ONE.key])


# ---- keys as text ----


def test_a_key_survives_being_handed_on() -> None:
    assert NoteKey.parse(f" {WITNESS_ONE.key.text()}\n", WITNESS) == WITNESS_ONE.key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is written name"),
        ("witness.example/w1", "is written name"),
        ("+00000000+" + base64.b64encode(bytes([4]) + bytes(32)).decode(), "is written name"),
        ("a b+00000000+" + base64.b64encode(bytes([4]) + bytes(32)).decode(), "is written name"),
        ("w+00000000+" + base64.b64encode(bytes([4]) + bytes(31)).decode(), "is written name"),
        ("w+00000000+" + base64.b64encode(bytes([4]) + bytes(32)).decode(), "copied wrongly"),
        (NoteKey("w", LOG, bytes(32)).text(), "has type 0x01; a witness's has 0x04"),
    ],
)
def test_a_key_that_was_copied_wrongly_is_refused(text: str, words: str) -> None:
    with pytest.raises(WitnessMalformed, match=words):
        NoteKey.parse(text, WITNESS)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "line\nbreak", "a\u00a0b"])
def test_a_witness_needs_a_name_that_notes_can_hold(name: str) -> None:
    with pytest.raises(WitnessMalformed, match="can't name a witness"):
        Cosigner(name, Ed25519PrivateKey.generate())


# ---- the request ----


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(max_size=200),
)
@settings(max_examples=60, deadline=None)
def test_a_request_is_read_as_it_was_written(old: int, proof: list[bytes], note: bytes) -> None:
    asked = AddCheckpoint(old=old, proof=tuple(proof), note=note)
    assert AddCheckpoint.decode(asked.encode()) == asked


def test_the_published_request_is_read() -> None:
    body = (
        b"old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        b"jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\nexample.com/behind-the-sofa\n"
    )
    asked = AddCheckpoint.decode(body)
    assert (asked.old, len(asked.proof), asked.note) == (20852014, 2, b"example.com/behind-the-sofa\n")
    assert asked.encode() == body


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 1", b"old 1\n", b"old 01\n\nnote", b"old -1\n\nnote", b"old  1\n\nnote", b"Old 1\n\nnote",
        b"old 1\r\n\r\nnote", b"old 99999999999999999999\n\nnote", b"old 1\nnot base64\n\nnote", b"old 1\nAAAA\n\nnote",
        b"old \xd9\xa1\n\nnote", b"old 1\n" + b"A" * 43 + b"=\n" * 1 + (b"A" * 43 + b"=\n") * 63 + b"\nnote",
    ],
)  # fmt: skip
def test_a_malformed_request_is_refused(body: bytes) -> None:
    with pytest.raises(WitnessMalformed):
        AddCheckpoint.decode(body)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with contextlib.suppress(WitnessMalformed):
        AddCheckpoint.decode(b"old " + body)


# ---- the decision ----


def test_the_first_checkpoint_of_a_known_log_is_cosigned() -> None:
    log = SmallLog().grow(5)
    got, seen = answer(log.known(), None, log.asks(0))
    assert (got.status, seen is not None and seen.size) == (200, 5)
    assert seen is not None and seen.note == log.note() + got.body
    assert Seen.of(seen.note) == seen
    assert [found.at for found in check_cosignatures(seen.note, [WITNESS_ONE.key])] == [NOW]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_a_log_that_only_grows_is_always_cosigned(steps: list[int]) -> None:
    log, seen = SmallLog(), None
    for step in steps:
        log.grow(step)
        got, seen = answer(log.known(), seen, log.asks(seen.size if seen else 0))
        assert got.status == 200, got.body


def test_the_same_checkpoint_again_gets_a_fresh_time() -> None:
    log = SmallLog().grow(5)
    seen = cosigned(log, 5)
    got, kept = answer(log.known(), seen, log.asks(5), now=NOW + timedelta(days=1))
    assert (got.status, kept is not None and kept.size) == (200, 5)


STRANGER = Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    ("case", "status", "body"),
    [
        ("unknown log", 404, b"is not known here"),
        ("signed by a stranger", 403, b"no key that is known"),
        ("signed in the log's name by a stranger", 403, b"no key that is known"),
        ("one bad line beside a good one", 403, b"no key that is known"),
        ("old beyond new", 400, b"beyond the checkpoint"),
        ("behind", 409, b"5\n"),
        ("ahead", 409, b"5\n"),
        ("from nothing", 409, b"5\n"),
        ("rolled back", 409, b"5\n"),
        ("another tree of the same size", 409, b"5\n"),
        ("history rewritten", 422, b"doesn't lead from 5 to 9"),
        ("no proof", 422, b"doesn't lead"),
        ("too much of a proof", 422, b"doesn't lead"),
        ("a proof for the same tree", 422, b"doesn't lead"),
    ],
)
def test_everything_else_is_refused_and_changes_nothing(case: str, status: int, body: bytes) -> None:
    log = SmallLog().grow(9)
    seen = cosigned(log, 2, 5)
    known: Log | None = log.known()
    asked = log.asks(5)
    other = log.rewritten(keep=3, count=9)
    match case:
        case "unknown log":
            known = None
        case "signed by a stranger":
            asked = msgspec.structs.replace(asked, note=log.note(by=STRANGER))
        case "signed in the log's name by a stranger":
            text = checkpoint.parse(asked.note).text
            line = base64.b64encode(log.key.id + STRANGER.sign(text)).decode()
            asked = msgspec.structs.replace(asked, note=text + f"\n— {log.origin} {line}\n".encode())
        case "one bad line beside a good one":
            line = base64.b64encode(log.key.id + bytes(64)).decode()
            asked = msgspec.structs.replace(asked, note=asked.note + f"— {log.origin} {line}\n".encode())
        case "old beyond new":
            asked = msgspec.structs.replace(log.asks(0, 4), old=5)
        case "behind":
            asked = log.asks(2)
        case "ahead":
            asked = log.asks(7)
        case "from nothing":
            asked = log.asks(0)
        case "rolled back":
            asked = log.asks(2, 3)
        case "another tree of the same size":
            asked = AddCheckpoint(old=5, note=other.note(5))
        case "history rewritten":
            asked = other.asks(5)
        case "no proof":
            asked = msgspec.structs.replace(asked, proof=())
        case "too much of a proof":
            asked = msgspec.structs.replace(asked, proof=(*asked.proof, bytes(32)))
        case "a proof for the same tree":
            asked = msgspec.structs.replace(log.asks(5, 5), proof=(bytes(32),))
    got, kept = answer(known, seen, asked)
    assert (got.status, kept) == (status, None)
    assert body in got.body
    assert (got.media_type == SIZE_TYPE) == (status == 409)


def test_a_proof_before_the_first_checkpoint_is_refused() -> None:
    log = SmallLog().grow(5)
    got, kept = answer(log.known(), None, msgspec.structs.replace(log.asks(0), proof=(bytes(32),)))
    assert (got.status, kept) == (422, None)


def test_a_log_may_have_two_keys_while_one_is_replaced() -> None:
    log = SmallLog().grow(5)
    fresh = SmallLog(log.origin)
    fresh.leaves = log.leaves
    both = Log(log.origin, (log.key, fresh.key))
    _, seen = answer(both, None, log.asks(0, 3))
    got, _ = answer(both, seen, fresh.asks(3))
    assert got.status == 200
    assert answer(log.known(), seen, fresh.asks(3))[0].status == 403

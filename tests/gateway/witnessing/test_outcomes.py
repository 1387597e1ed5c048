"""What a witness's answer means, answer by answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.witnessing.outcomes import STANDINGS, Asked, Outcome, Reply, Standing, Unavailable, judge
from ledger import checkpoint
from ledger.cosignature import Cosigner
from ledger.witness import SIZE_TYPE
from tests.ledger.logs import SmallLog

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
LOG = SmallLog().grow(10)
MINE = Cosigner("witness.example/w1", Ed25519PrivateKey.generate())
OTHER = Cosigner("witness.example/w2", Ed25519PrivateKey.generate())
POSER = Cosigner("witness.example/w1", Ed25519PrivateKey.generate())
TEXT = checkpoint.parse(LOG.note()).text
ASKED = Asked(note=LOG.note(), size=10, old=6, cosigned=6, key=MINE.key)
"""Ten entries now; we believe that it cosigned six."""


def size(text: str, media_type: str = SIZE_TYPE) -> Reply:
    return Reply(409, media_type, text.encode())


@pytest.mark.parametrize(
    ("reply", "outcome", "told"),
    [
        (Reply(200, "text/plain", MINE.cosign(TEXT, NOW)), Outcome.COSIGNED, None),
        (Reply(200, "text/plain", OTHER.cosign(TEXT, NOW) + MINE.cosign(TEXT, NOW)), Outcome.COSIGNED, None),
        (Reply(200, "text/plain", b""), Outcome.UNREADABLE, None),
        (Reply(200, "text/html", b"<html>"), Outcome.UNREADABLE, None),
        (Reply(200, "text/plain", OTHER.cosign(TEXT, NOW)), Outcome.UNREADABLE, None),
        (Reply(200, "text/plain", POSER.cosign(TEXT, NOW)), Outcome.UNREADABLE, None),
        (Reply(200, "text/plain", MINE.cosign(b"another\n1\ntext\n", NOW)), Outcome.UNREADABLE, None),
        (size("8\n"), None, 8),
        (size("8\n", SIZE_TYPE + "; charset=utf-8"), None, 8),
        (size("10\n"), None, 10),
        (size("11\n"), Outcome.ROLLED_BACK, 11),
        (size("6\n"), Outcome.CONFLICT, 6),
        (size("5\n"), Outcome.FORGOTTEN, 5),
        (size("0\n"), Outcome.FORGOTTEN, 0),
        (size("8\n", "text/plain"), Outcome.CONFLICT, None),
        (size("08\n"), Outcome.CONFLICT, None),
        (size("-1\n"), Outcome.CONFLICT, None),
        (size(""), Outcome.CONFLICT, None),
        (Reply(422, "text/plain", b""), Outcome.INCONSISTENT, None),
        (Reply(404, "text/plain", b"who?"), Outcome.UNKNOWN_LOG, None),
        (Reply(403, "text/plain", b""), Outcome.UNKNOWN_KEY, None),
        (Reply(400, "text/plain", b"\xff\x00"), Outcome.REFUSED, None),
        (Reply(307, "text/plain", b""), Outcome.REFUSED, None),
        (Reply(204, "text/plain", b""), Outcome.REFUSED, None),
    ],
)
def test_each_answer_has_one_meaning(reply: Reply, outcome: Outcome | None, told: int | None) -> None:
    judged = judge(ASKED, reply)
    assert (judged.outcome, judged.told) == (outcome, told)
    assert (judged.note is not None) == (outcome is Outcome.COSIGNED)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_later_is_no_answer(status: int) -> None:
    with pytest.raises(Unavailable) as caught:
        judge(ASKED, Reply(status, "text/plain", b"", timedelta(seconds=7)))
    assert caught.value.after == timedelta(seconds=7)


def test_every_outcome_has_its_standing_and_contradictions_are_alarms() -> None:
    assert STANDINGS.keys() == set(Outcome)
    assert {outcome for outcome, standing in STANDINGS.items() if standing is Standing.ALARM} == {
        Outcome.ROLLED_BACK, Outcome.CONFLICT, Outcome.INCONSISTENT, Outcome.FORGOTTEN,
    }  # fmt: skip

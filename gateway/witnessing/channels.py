"""The ways out: how a checkpoint reaches each kind of witness, and how its answer is judged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from gateway.settings import Settings
from gateway.settings.witnesses import WitnessPlace, read_mail_server
from gateway.storage import StorageUnavailable
from gateway.storage.archive import Archive, BucketArchive, FolderArchive
from gateway.wiring import bucket_of
from gateway.witnessing import mail, outside
from gateway.witnessing.outcomes import Asked, Judged, Outcome, Unavailable, judge
from ledger import checkpoint
from ledger.checkpoint import Note
from ledger.cosignature import NoteKey
from ledger.errors import CheckpointMalformed
from ledger.witness import AddCheckpoint

LARGEST_ANSWER = 64 * 1024
KEY_HEADER = "tlog-key"
"""Our ledger's key, for witnesses that were told to learn it; others don't look at it."""
_ROUNDS = 3
"""A witness that was moved on meanwhile, by another of our workers, says from where to ask again."""
_NAME = re.compile(r"([0-9]{20})\.note\Z")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint on its way out."""

    signed: bytes
    note: Note
    """The same, read."""
    old: int
    """The size up to which this witness vouched before, as far as we remember; 0 for none."""
    key: NoteKey
    """The ledger's, that signed it."""


Proof = Callable[[int], Awaitable[tuple[bytes, ...]]]
"""The consistency proof from a size to the checkpoint's."""


async def cosigned(place: WitnessPlace, given: Given, proof: Proof) -> Judged:
    """Ask a witness that answers. Raises `Unavailable`."""
    if place.key is None:
        raise TypeError(f"the witness {place.name} has no key")
    old = min(given.old, given.note.size)
    for _ in range(_ROUNDS):
        body = AddCheckpoint(old=old, proof=await proof(old), note=given.signed).encode()
        headers = {KEY_HEADER: given.key.text(), "content-type": "text/plain; charset=utf-8"}
        reply = await outside.post(f"{place.address}/add-checkpoint", body, headers, largest=LARGEST_ANSWER)
        asked = Asked(note=given.signed, size=given.note.size, old=old, cosigned=given.old, key=place.key)
        judged = judge(asked, reply)
        if judged.outcome in (Outcome.UNKNOWN_LOG, Outcome.UNKNOWN_KEY):
            detail = f"{judged.detail}; its operator has to add {given.key.text()}"
            return msgspec.structs.replace(judged, detail=detail)
        if judged.outcome is not None:
            return judged
        old = judged.told or 0
    raise Unavailable(f"the witness {place.name} names another size each time")


async def kept(archive: Archive, given: Given) -> Judged:
    """Leave a copy where nothing is written over. Raises `Unavailable`."""
    folder, name = sha256(given.note.origin.encode()).hexdigest(), f"{given.note.size:020}.note"
    try:
        later = await archive.behind(folder, name)
        found = await archive.put_once(f"{folder}/{name}", given.signed) if later is None else b""
    except StorageUnavailable as error:
        raise Unavailable(str(error)) from error
    if later is not None:
        told = _NAME.match(later)
        size = int(told[1]) if told else None
        detail = f"{later} was left there, and this ledger has {given.note.size} entries"
        return Judged(outcome=Outcome.ROLLED_BACK, detail=detail, told=size)
    if found != given.signed and not _same_tree(found, given.note):
        detail = f"another checkpoint of {given.note.size} entries was left there before"
        return Judged(outcome=Outcome.CONFLICT, detail=detail, told=given.note.size)
    return Judged(outcome=Outcome.KEPT, detail=f"{folder}/{name}", note=found)


async def mailed(settings: Settings, place: WitnessPlace, given: Given, *, now: datetime) -> Judged:
    """Send it by e-mail. Raises `Unavailable`."""
    if settings.mail_server is None:
        return Judged(outcome=Outcome.REFUSED, detail="no mail server is set")
    message = mail.compose(given.note, given.signed, sender=settings.mail_from, receiver=place.address, now=now)
    try:
        await asyncio.to_thread(mail.send, message, read_mail_server(settings.mail_server))
    except mail.MailRefused as error:
        return Judged(outcome=Outcome.REFUSED, detail=str(error))
    return Judged(outcome=Outcome.MAILED, detail=str(message["Message-ID"]), note=given.signed)


async def give(settings: Settings, place: WitnessPlace, given: Given, proof: Proof, *, now: datetime) -> Judged:
    """By the way that the witness has. Raises `Unavailable`."""
    match place.kind:
        case "http":
            return await cosigned(place, given, proof)
        case "mail":
            return await mailed(settings, place, given, now=now)
        case "folder":
            return await kept(FolderArchive(Path(place.address)), given)
        case "bucket":
            name, _, prefix = place.address.partition("/")
            return await kept(BucketArchive(bucket_of(settings, name, prefix)), given)


def _same_tree(found: bytes, note: Note) -> bool:
    """RSA-PSS signs anew each time: what counts is the text."""
    try:
        return checkpoint.parse(found).text == note.text
    except CheckpointMalformed:
        return False

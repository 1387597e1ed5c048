"""Ask who is registered for what: the company's providers first, then the network itself; the first who knows counts.

No transaction is open while somebody is asked. An error of one source is never taken for a no: another one is asked,
and where none is left, the answer is that nobody can tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from gateway.access.call import Call
from gateway.directory import Directory
from gateway.participants.answers import Answer, Answers
from gateway.participants.errors import BadParticipant, CannotTell, NotRegistered, Predefined, UnknownKind
from gateway.participants.kinds import NetworkKind
from gateway.providers import Matter
from peppol.errors import BadIdentifier, PeppolError, Precondition, Temporary
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.provider import Provider

_PATIENCE = 20.0
"""Seconds for one source, however many kinds it is asked for."""
_NETWORK = "the network's directory (SML and SMP)"
_NO_ZONE = (
    "The network's own directory isn't asked here: an operator may name its zone and authorities (INVOLINKS_SML_ZONE)"
)

Ask = Callable[[ParticipantId, NetworkKind], Awaitable[DocumentTypeId | None]]


class Source(msgspec.Struct, frozen=True):
    """Somebody who can be asked."""

    key: str
    """Whose answers these are: an account's id, the installation's provider, or the network."""
    name: str
    """As people are told."""
    ask: Ask
    """Raises `PeppolError`: can't tell."""


class Sources(msgspec.Struct, frozen=True):
    """Everybody who can be asked, in order, and why others can't."""

    sources: tuple[Source, ...]
    closed: tuple[str, ...]


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """One kind that the participant takes."""

    kind: NetworkKind
    document_type: str
    """The registration that takes it; one that ends in `*` takes every document whose type begins like it."""


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A participant that is registered."""

    id: str
    registered: tuple[Registered, ...]
    not_registered: tuple[NetworkKind, ...]
    """Kinds that were asked for and that it surely doesn't take."""
    source: str
    """Who says so: a provider's adapter, or the network's directory."""
    asked_at: datetime
    """When the oldest of these answers was given."""
    kept_until: datetime
    """The same is answered until then without asking anybody."""


def participant_of(text: str) -> ParticipantId:
    """Raises `BadParticipant`, `Predefined`."""
    try:
        participant = ParticipantId.parse(text)
    except BadIdentifier as error:
        raise BadParticipant(
            f"{error}. A UAE business is 0235: and the first ten digits of its TRN, such as 0235:1234567890."
        ) from error
    if participant.predefined:
        raise Predefined(participant.value)
    return participant


def kinds_of(kind: NetworkKind | None, document_type: str | None) -> tuple[NetworkKind, ...]:
    """What is asked for; all kinds where neither is named. Raises `UnknownKind`."""
    if document_type is None:
        return (kind,) if kind is not None else tuple(NetworkKind)
    try:
        wanted = DocumentTypeId.parse(document_type)
    except BadIdentifier as error:
        raise UnknownKind(f"{error}.") from error
    found = next((one for one in NetworkKind if one.document_type == wanted), None)
    if found is None or kind not in (None, found):
        known = ", ".join(NetworkKind)
        raise UnknownKind(
            f"Name one kind of document that is exchanged here, as `kind`: {known}; or its document type."
        )
    return (found,)


async def sources_of(call: Call, participant: ParticipantId, kinds: Sequence[NetworkKind]) -> Sources:
    """Whom this company can ask about the participant."""
    wiring, closed, found = call.wiring, list[str](), dict[str, Source]()
    matter = Matter(receiver=participant, document_type=kinds[0].document_type)
    accounts = await wiring.lines.route(call.db, call.company_id, matter)
    if not accounts:
        closed.append("All of the company's provider accounts are switched off")
    for account_id in accounts:
        try:
            provider = await wiring.lines.of(call.db, call.company_id, account_id)
        except Precondition as error:
            closed.append(str(error))
            continue
        if why := provider.capabilities.missing.get("lookup"):
            closed.append(f"{provider.name} can't be asked: {why}")
            continue
        key = str(account_id or "installation")
        found[key] = Source(key, f"the provider ({provider.name})", _of_provider(provider))
    if wiring.directory is not None:
        found["network"] = Source("network", _NETWORK, _of_directory(wiring.directory))
    else:
        closed.append(_NO_ZONE)
    return Sources(tuple(found.values()), tuple(closed))


async def look_up(
    whom: Sources, answers: Answers, participant: ParticipantId, kinds: Sequence[NetworkKind], *, now: datetime
) -> Participant:
    """What the participant takes of these kinds. Raises `NotRegistered`, `CannotTell`."""
    reasons, after = list[str](), list[timedelta]()
    for source in whom.sources:
        try:
            async with asyncio.timeout(_PATIENCE):
                found = {kind: await _asked(source, answers, participant, kind, now) for kind in kinds}
        except PeppolError as error:
            reasons.append(f"{source.name} gave no answer: {error}")
            if isinstance(error, Temporary) and error.retry_after is not None:
                after.append(error.retry_after)
            continue
        except TimeoutError:
            reasons.append(f"{source.name} gave no answer in {_PATIENCE:.0f} seconds")
            continue
        return _told(source, participant, found)
    raise CannotTell(participant.value, [*reasons, *whom.closed], after=min(after, default=None))


async def _asked(
    source: Source, answers: Answers, participant: ParticipantId, kind: NetworkKind, now: datetime
) -> Answer:
    known = answers.find(source.key, participant, kind, now=now)
    if known is not None:
        return known
    return answers.keep(source.key, participant, kind, await source.ask(participant, kind), now=now)


def _told(source: Source, participant: ParticipantId, found: dict[NetworkKind, Answer]) -> Participant:
    kept_until = min(answer.kept_until for answer in found.values())
    registered = tuple(
        Registered(kind=kind, document_type=str(answer.registered))
        for kind, answer in found.items()
        if answer.registered is not None
    )
    if not registered:
        raise NotRegistered(participant.value, list(found), source=source.name, kept_until=kept_until)
    return Participant(
        id=participant.value,
        registered=registered,
        not_registered=tuple(kind for kind, answer in found.items() if answer.registered is None),
        source=source.name,
        asked_at=min(answer.asked_at for answer in found.values()),
        kept_until=kept_until,
    )


def _of_provider(provider: Provider) -> Ask:
    async def ask(participant: ParticipantId, kind: NetworkKind) -> DocumentTypeId | None:
        found = await provider.lookup(participant, kind.document_type)
        return None if found is None else found.document_type

    return ask


def _of_directory(directory: Directory) -> Ask:
    async def ask(participant: ParticipantId, kind: NetworkKind) -> DocumentTypeId | None:
        return await directory.find(participant, kind.document_type, kind.process)

    return ask

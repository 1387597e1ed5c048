"""What every adapter must do, whatever provider stands behind it: subclass `ProviderContract` and give four fixtures.

`provider` is the adapter under test, reaching a real HTTP server; `hasty` is the same with a time limit of a few
seconds, `stranger` with credentials that the server refuses, `lonely` with nobody listening; `network` makes the server
misbehave. Where a provider can't do something, its capabilities say so, and the contract holds it to what they say.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Protocol
from uuid import uuid4

import msgspec
import pytest

from peppol import sbdh
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.identifiers import CREDIT_NOTE, INVOICE, ParticipantId
from peppol.message import Condition, Delivery, Hint, Message
from peppol.provider import Provider
from peppol.providers.evidence import LARGEST_BODY
from peppol.statuses import Outcome
from tests.peppol import messages

WRONG = "wrong-secret-that-nobody-may-see"
"""The credential that `stranger` shows."""


class Trouble(Enum):
    """What can happen to one submission."""

    BUSY = auto()
    RATE_LIMITED = auto()
    UNAUTHORISED = auto()
    REFUSED = auto()
    BROKEN = auto()
    BAD_GATEWAY = auto()
    NONSENSE = auto()
    ERROR_INSIDE = auto()
    CUT_OFF = auto()
    TAKEN_AND_CUT_OFF = auto()
    TAKEN_AND_SILENT = auto()
    TAKEN_AND_NONSENSE = auto()
    TAKEN_AND_HUGE = auto()


EXPECTED: dict[Trouble, tuple[type[PeppolError], bool]] = {
    Trouble.BUSY: (Temporary, False),
    Trouble.RATE_LIMITED: (Temporary, False),
    Trouble.UNAUTHORISED: (Precondition, False),
    Trouble.REFUSED: (Permanent, False),
    Trouble.BROKEN: (OutcomeUnknown, False),
    Trouble.BAD_GATEWAY: (OutcomeUnknown, False),
    Trouble.NONSENSE: (OutcomeUnknown, False),
    Trouble.ERROR_INSIDE: (OutcomeUnknown, False),
    Trouble.CUT_OFF: (OutcomeUnknown, False),
    Trouble.TAKEN_AND_CUT_OFF: (OutcomeUnknown, True),
    Trouble.TAKEN_AND_SILENT: (OutcomeUnknown, True),
    Trouble.TAKEN_AND_NONSENSE: (OutcomeUnknown, True),
    Trouble.TAKEN_AND_HUGE: (OutcomeUnknown, True),
}
"""Trouble -> the error's type, and whether the provider has the message all the same."""


class Network(Protocol):
    """The server behind the adapter, in a test's hands."""

    detects_reuse: bool
    """It refuses other bytes under a used key; otherwise it answers as it did to the first."""
    knows_receivers: bool
    """It refuses an unknown receiver at once; otherwise it says so later."""
    tells: tuple[Outcome, ...]
    """What it can tell of a message in `status`."""

    def make(self, trouble: Trouble) -> None:
        """Let it happen to the next submission."""

    def make_unable_to_tell(self) -> None:
        """Let the next question fail."""

    def taken(self, key: str) -> int:
        """How many submissions it has taken for this message."""

    def happen(self, key: str, reference: str, outcome: Outcome) -> None:
        """Let something become of a message."""

    async def arrive(self, key: str) -> Message:
        """Let this message come in for us."""

    def message(self, key: str) -> Message:
        """A message that it takes when it is well."""

    def unregistered(self, key: str) -> Message:
        """A message whose receiver it doesn't know."""

    def too_large(self, key: str) -> Message:
        """A message beyond the adapter's own limit."""


CANT_TELL = (Temporary, Precondition)
"""What `find` raises where a provider can't be asked by key."""


class ProviderContract:
    """The contract; each test is a story about one key."""

    @pytest.fixture
    def key(self) -> str:
        return str(uuid4())

    async def test_a_registration_is_found_or_surely_not_there(self, provider: Provider, network: Network) -> None:
        receiver = network.message(str(uuid4())).receiver
        if "lookup" in provider.capabilities.missing:
            with pytest.raises(Precondition):
                await provider.lookup(receiver, INVOICE)
            return
        for kind in (INVOICE, CREDIT_NOTE):
            found = await provider.lookup(receiver, kind)
            assert found is not None
            assert found.document_type in list(kind.candidates())
        assert await provider.lookup(ParticipantId("0235:1999999999"), INVOICE) is None
        network.make_unable_to_tell()
        with pytest.raises(Temporary):
            await provider.lookup(receiver, INVOICE)

    async def test_what_is_missing_says_so_and_why(self, provider: Provider, network: Network, key: str) -> None:
        calls = {
            "submit": lambda: provider.submit(network.message(key), key),
            "find": lambda: provider.find(key),
            "status": lambda: provider.status(key, key),
            "lookup": lambda: provider.lookup(network.message(key).receiver, INVOICE),
            "fetch_inbound": lambda: provider.fetch_inbound(""),
            "ack": lambda: provider.ack(key),
        }
        for method, reason in provider.capabilities.missing.items():
            with pytest.raises(Precondition, match=re.escape(reason)):
                await calls[method]()

    async def test_what_came_in_is_fetched_until_it_is_acknowledged(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        if "fetch_inbound" in provider.capabilities.missing:
            with pytest.raises(Precondition):
                await provider.fetch_inbound("")
            return
        arrived = await network.arrive(key)
        (delivery,) = await waiting(provider, arrived)
        assert [again.envelope for again in await waiting(provider, arrived)] == [delivery.envelope]
        read = sbdh.read(delivery.envelope, limit=1_000_000).message
        assert (read.sender, read.receiver) == (arrived.sender, arrived.receiver)
        assert read.document_type == arrived.document_type
        assert delivery.rebuilt or read.instance_id == arrived.instance_id
        await provider.ack(delivery.reference)
        await provider.ack(delivery.reference)
        assert await waiting(provider, arrived) == []

    async def test_acknowledging_what_never_came_changes_nothing(self, provider: Provider, key: str) -> None:
        with suppress(Precondition):
            await provider.ack(key)

    async def test_an_inbox_that_cant_be_read_isnt_empty(self, provider: Provider, network: Network) -> None:
        if "fetch_inbound" in provider.capabilities.missing:
            with pytest.raises(Precondition):
                await provider.fetch_inbound("")
            return
        network.make_unable_to_tell()
        with pytest.raises(Temporary):
            await provider.fetch_inbound("")

    async def test_health_says_how_it_stands(
        self, provider: Provider, stranger: Provider, lonely: Provider, network: Network
    ) -> None:
        assert (await provider.health()).condition is Condition.WELL
        assert (await stranger.health()).condition is Condition.REFUSES_US
        assert (await lonely.health()).condition is Condition.UNREACHABLE
        network.make_unable_to_tell()
        confused = await provider.health()
        assert confused.condition is not Condition.WELL
        assert confused.detail

    async def test_what_isnt_proven_is_refused_or_only_a_hint(self, provider: Provider) -> None:
        """Whatever an unproven call says, no outcome and no document follow from it."""
        now = datetime.now(UTC)
        for body in (b"", b"{", b"<a/>", b'{"outcome":"delivered"}', b"[1]", b"\xff"):
            with pytest.raises(Permanent):
                provider.open_delivery({}, body, now)
            try:
                events = provider.open_statuses({}, body, now)
            except Permanent:
                continue
            assert all(isinstance(event, Hint) for event in events)

    async def test_the_stories_are_those_of_its_capabilities(self, provider: Provider) -> None:
        """What a provider can't do isn't told of it, and what it can is."""
        assert isinstance(self, Sending) == ("submit" not in provider.capabilities.missing)
        assert isinstance(self, Repeatable) == provider.capabilities.idempotent


class Sending:
    """Of those that take documents."""

    async def test_a_taken_message_is_found_under_its_key(self, provider: Provider, network: Network, key: str) -> None:
        taken = await provider.submit(network.message(key), key)
        assert taken.key == key
        assert taken.reference
        assert taken.evidence
        assert taken.accepted_at.tzinfo
        assert network.taken(key) == 1
        if not provider.capabilities.finds_by_key:
            with pytest.raises(CANT_TELL):
                await provider.find(key)
            return
        found = await provider.find(key)
        assert found is not None
        assert found.reference == taken.reference

    async def test_nothing_is_found_under_an_unknown_key(self, provider: Provider, key: str) -> None:
        if provider.capabilities.finds_by_key:
            assert await provider.find(key) is None
        else:
            with pytest.raises(CANT_TELL):
                await provider.find(key)
        if provider.capabilities.needs_reference:
            with pytest.raises(Precondition):
                await provider.status(key)
        assert await provider.status(key, str(uuid4())) == ()

    @pytest.mark.parametrize("trouble", Trouble)
    async def test_every_trouble_has_its_type(
        self, provider: Provider, hasty: Provider, network: Network, key: str, trouble: Trouble
    ) -> None:
        """After any trouble, asking by key tells the truth or that it can't; a resend ends with one submission."""
        expected, taken = EXPECTED[trouble]
        message = network.message(key)
        network.make(trouble)
        with pytest.raises(PeppolError) as caught:
            await (hasty if trouble is Trouble.TAKEN_AND_SILENT else provider).submit(message, key)
        assert type(caught.value) is expected
        assert network.taken(key) == taken
        answered = trouble not in {Trouble.CUT_OFF, Trouble.TAKEN_AND_CUT_OFF, Trouble.TAKEN_AND_SILENT}
        assert caught.value.evidence.startswith(b"HTTP ") or not answered
        assert len(caught.value.evidence) < 5 * LARGEST_BODY
        can = provider.capabilities
        found = None
        if can.finds_by_key:
            found = await provider.find(key)
            assert (found is not None) is taken
        else:
            with pytest.raises(CANT_TELL):
                await provider.find(key)
        if can.idempotent or not taken:
            again = await provider.submit(message, key)
            assert found is None or again.reference == found.reference
        assert network.taken(key) == 1

    async def test_a_pause_that_was_asked_for_is_passed_on(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        network.make(Trouble.RATE_LIMITED)
        with pytest.raises(Temporary) as caught:
            await provider.submit(network.message(key), key)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after.total_seconds() > 0

    async def test_not_being_able_to_tell_is_no_no(self, provider: Provider, network: Network, key: str) -> None:
        taken = await provider.submit(network.message(key), key)
        if provider.capabilities.finds_by_key:
            network.make_unable_to_tell()
            with pytest.raises(Temporary):
                await provider.find(key)
        network.make_unable_to_tell()
        with pytest.raises(Temporary):
            await provider.status(key, taken.reference)

    async def test_what_becomes_of_a_message_is_told_once_per_event(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        """Nothing is told that the provider doesn't say; asking again tells the same events."""
        taken = await provider.submit(network.message(key), key)
        assert await provider.status(key, taken.reference) == ()
        assert network.tells
        for outcome in network.tells:
            fresh = str(uuid4())
            taken = await provider.submit(network.message(fresh), fresh)
            network.happen(fresh, taken.reference, outcome)
            events = await provider.status(fresh, taken.reference)
            assert [event.outcome for event in events] == [outcome]
            assert all(event.key == fresh and event.evidence and event.at.tzinfo for event in events)
            again = await provider.status(fresh, taken.reference)
            assert [event.event_id for event in again] == [event.event_id for event in events]

    async def test_an_unknown_receiver_leaves_the_message_resendable(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        if not network.knows_receivers:  # it takes the message, and tells later that the receiver can't be reached
            await provider.submit(network.unregistered(key), key)
            assert network.taken(key) == 1
            return
        with pytest.raises(Precondition):
            await provider.submit(network.unregistered(key), key)
        assert network.taken(key) == 0

    async def test_a_document_too_large_is_refused_before_any_call(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        with pytest.raises(Permanent):
            await provider.submit(network.too_large(key), key)
        assert network.taken(key) == 0

    async def test_nobody_listening_is_temporary(self, lonely: Provider, network: Network, key: str) -> None:
        with pytest.raises(Temporary):
            await lonely.submit(network.message(key), key)
        with pytest.raises(Temporary):
            await lonely.status(key, str(uuid4()))

    async def test_refused_credentials_are_a_precondition_and_never_shown(
        self, stranger: Provider, network: Network, key: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        with pytest.raises(Precondition) as caught:
            await stranger.submit(network.message(key), key)
        with pytest.raises(Precondition):
            await stranger.status(key, str(uuid4()))
        shown = [str(caught.value), repr(caught.value), repr(stranger), repr(vars(stranger)), caplog.text]
        assert not any(WRONG in text for text in shown)
        assert caught.value.evidence
        assert WRONG.encode() not in caught.value.evidence
        assert network.taken(key) == 0


class Repeatable:
    """Of those that take a key: a repetition is no second submission."""

    async def test_the_same_key_is_the_same_submission(self, provider: Provider, network: Network, key: str) -> None:
        message = network.message(key)
        first, second = await provider.submit(message, key), await provider.submit(message, key)
        assert first.reference == second.reference
        assert network.taken(key) == 1

    async def test_the_same_key_with_other_bytes_is_no_second_submission(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        first = await provider.submit(network.message(key), key)
        other = msgspec.structs.replace(network.message(key), document=messages.document("INV-other"))
        if network.detects_reuse:
            with pytest.raises(Permanent):
                await provider.submit(other, key)
        else:
            assert (await provider.submit(other, key)).reference == first.reference
        assert network.taken(key) == 1


async def waiting(provider: Provider, arrived: Message) -> list[Delivery]:
    """What the provider still has for us of one message, however many pages away."""
    found: dict[str, Delivery] = {}
    cursor = ""
    while True:
        page = await provider.fetch_inbound(cursor)
        for delivery in page.deliveries:
            if arrived.document.partition(b"?>")[2].strip() in delivery.envelope:
                found[delivery.reference] = delivery
        if not page.more or page.cursor == cursor:  # a queue shows its head until it is acknowledged
            return list(found.values())
        cursor = page.cursor

"""What every adapter must do, whatever provider stands behind it: subclass `ProviderContract` and give two fixtures.

`provider` is the adapter under test, reaching a real HTTP server; `hasty` is the same with a time limit of a few
seconds; `network` makes that server misbehave.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol
from uuid import uuid4

import pytest

from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.identifiers import CREDIT_NOTE, INVOICE, ParticipantId
from peppol.message import Message
from peppol.provider import Provider


class Trouble(Enum):
    """What can happen to one submission."""

    BUSY = auto()
    RATE_LIMITED = auto()
    UNAUTHORISED = auto()
    REFUSED = auto()
    BROKEN = auto()
    NONSENSE = auto()
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
    Trouble.NONSENSE: (OutcomeUnknown, False),
    Trouble.CUT_OFF: (OutcomeUnknown, False),
    Trouble.TAKEN_AND_CUT_OFF: (OutcomeUnknown, True),
    Trouble.TAKEN_AND_SILENT: (OutcomeUnknown, True),
    Trouble.TAKEN_AND_NONSENSE: (OutcomeUnknown, True),
    Trouble.TAKEN_AND_HUGE: (OutcomeUnknown, True),
}
"""Trouble -> the error's type, and whether the provider has the message all the same."""


class Network(Protocol):
    """The server behind the adapter, in a test's hands."""

    def make(self, trouble: Trouble) -> None:
        """Let it happen to the next submission."""

    def make_unable_to_tell(self) -> None:
        """Let the next question for a message fail."""

    def message(self, key: str) -> Message:
        """A message that it takes when it is well."""

    def unregistered(self, key: str) -> Message:
        """A message whose receiver it doesn't know."""

    def too_large(self, key: str) -> Message:
        """A message beyond the adapter's own limit."""


class ProviderContract:
    """The contract; each test is a story about one key."""

    @pytest.fixture
    def key(self) -> str:
        return str(uuid4())

    async def test_a_taken_message_is_found_under_its_key(self, provider: Provider, network: Network, key: str) -> None:
        taken = await provider.submit(network.message(key), key)
        found = await provider.find(key)
        assert taken.key == key
        assert taken.evidence
        assert taken.accepted_at.tzinfo
        assert found is not None
        assert (found.reference, found.accepted_at) == (taken.reference, taken.accepted_at)

    async def test_the_same_key_is_the_same_submission(self, provider: Provider, network: Network, key: str) -> None:
        if not provider.capabilities.idempotent:
            pytest.fail("without idempotency an adapter needs a contract of its own for resending")
        message = network.message(key)
        assert await provider.submit(message, key) == await provider.submit(message, key)

    async def test_the_same_key_with_other_bytes_is_refused(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        await provider.submit(network.message(key), key)
        with pytest.raises(Permanent):
            await provider.submit(network.message(str(uuid4())), key)

    async def test_nothing_is_found_under_an_unknown_key(self, provider: Provider, key: str) -> None:
        assert await provider.find(key) is None
        assert await provider.status(key) == ()

    @pytest.mark.parametrize("trouble", Trouble)
    async def test_every_trouble_has_its_type(
        self, provider: Provider, hasty: Provider, network: Network, key: str, trouble: Trouble
    ) -> None:
        """After any trouble, asking by key tells the truth, and the resend ends with one submission."""
        expected, taken = EXPECTED[trouble]
        message = network.message(key)
        network.make(trouble)
        with pytest.raises(PeppolError) as caught:
            await (hasty if trouble is Trouble.TAKEN_AND_SILENT else provider).submit(message, key)
        assert type(caught.value) is expected
        found = await provider.find(key)
        assert (found is not None) is taken
        again = await provider.submit(message, key)
        if found is not None:
            assert again.reference == found.reference

    async def test_a_pause_that_was_asked_for_is_passed_on(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        network.make(Trouble.RATE_LIMITED)
        with pytest.raises(Temporary) as caught:
            await provider.submit(network.message(key), key)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after.total_seconds() > 0

    async def test_not_being_able_to_tell_is_no_no(self, provider: Provider, network: Network, key: str) -> None:
        await provider.submit(network.message(key), key)
        network.make_unable_to_tell()
        with pytest.raises(Temporary):
            await provider.find(key)
        network.make_unable_to_tell()
        with pytest.raises(Temporary):
            await provider.status(key)

    async def test_an_unknown_receiver_leaves_the_message_resendable(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        with pytest.raises(Precondition):
            await provider.submit(network.unregistered(key), key)
        assert await provider.find(key) is None

    async def test_a_document_too_large_is_refused_before_any_call(
        self, provider: Provider, network: Network, key: str
    ) -> None:
        with pytest.raises(Permanent):
            await provider.submit(network.too_large(key), key)
        assert await provider.find(key) is None

    async def test_a_registration_is_found_or_surely_not_there(self, provider: Provider, network: Network) -> None:
        receiver = network.message("any").receiver
        for kind in (INVOICE, CREDIT_NOTE):
            found = await provider.lookup(receiver, kind)
            assert found is not None
            assert found.document_type in list(kind.candidates())
        assert await provider.lookup(ParticipantId("0235:1999999999"), INVOICE) is None

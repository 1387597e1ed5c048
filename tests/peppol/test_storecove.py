"""The Storecove adapter keeps the contract, against a server written from Storecove's API description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.settings import Secret
from peppol.errors import Forged, OutcomeUnknown, Precondition
from peppol.message import Concern, Hint
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.storecove import StorecoveProvider
from peppol.statuses import Outcome
from tests.peppol.stubs.harness import StubContract, StubSending, adapter
from tests.peppol.stubs.server import SECRET
from tests.peppol.stubs.storecove import ENTITY, StorecoveStub

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def account(url: str, secret: str = SECRET, **options: str) -> ProviderAccount:
    chosen = {"legal_entity": str(ENTITY), "scheme_0235": "AE:TIN"} | options
    return ProviderAccount(base_url=url, credentials={"token": Secret(secret)}, options=chosen)


class TestContract(StubContract, StubSending):
    stub = StorecoveStub
    make = StorecoveProvider

    @classmethod
    def account(cls, url: str, secret: str) -> ProviderAccount:
        return account(url, secret)


@pytest.fixture
async def network() -> AsyncIterator[StorecoveStub]:
    async with StorecoveStub.running() as stub:
        yield stub


@pytest.fixture
async def provider(network: StorecoveStub) -> AsyncIterator[Provider]:
    async with adapter(StorecoveProvider, account(network.url)) as made:
        yield made


def test_the_table_names_it() -> None:
    assert PROVIDERS["storecove"] is StorecoveProvider


async def test_a_lost_answer_is_made_good_by_the_queue(provider: Provider, network: StorecoveStub) -> None:
    """A repetition is answered like a refusal and isn't taken for one; the event under our key tells the truth."""
    key = str(uuid4())
    await provider.submit(network.message(key), key)
    with pytest.raises(OutcomeUnknown):
        await provider.submit(network.message(key), key)
    assert network.taken(key) == 1
    guid = network.tell(event_type="document_submission", event="succeeded", guid="g", idempotencyGuid=key)
    page = await provider.fetch_inbound("")
    (event,) = page.events
    assert (event.event_id, event.key, event.outcome, page.more) == (guid, key, Outcome.TAKEN, True)
    await provider.ack(event.event_id)
    assert not (await provider.fetch_inbound("")).more


@pytest.mark.parametrize(("said", "outcome"), [("failed", "undeliverable"), ("no_action_taken", "undeliverable")])
async def test_a_failure_is_told_with_its_reason(
    provider: Provider, network: StorecoveStub, said: str, outcome: str
) -> None:
    network.tell(event_type="document_submission", event=said, guid="g", idempotencyGuid="k", details="no route")
    (event,) = (await provider.fetch_inbound("")).events
    assert (event.outcome, event.reason) == (Outcome(outcome), "no route")


async def test_what_isnt_understood_is_handed_on_as_it_came(provider: Provider, network: StorecoveStub) -> None:
    network.tell(event_type="tax_clearance", event="odd")
    network.received["doc"] = b"<Invoice/>"
    network.tell(event_type="received_document", document_guid="doc")
    (odd,) = (await provider.fetch_inbound("")).unreadable
    assert b"tax_clearance" in odd.content
    await provider.ack(odd.reference)
    (torn,) = (await provider.fetch_inbound("")).unreadable
    assert "lacks" in torn.reason


async def test_a_webhook_is_only_a_hint(provider: Provider) -> None:
    body = b'{"event_type":"document_submission","event":"succeeded","guid":"g","idempotencyGuid":"k"}'
    assert provider.open_statuses({}, body, NOW) == (Hint(Concern.SUBMISSION, "g", "k"),)
    assert provider.open_statuses({}, body, NOW) == provider.open_statuses({}, body, NOW)
    body = b'{"event_type":"received_document","document_guid":"d"}'
    assert provider.open_statuses({}, body, NOW) == (Hint(Concern.INBOX, "d"),)
    with pytest.raises(Forged):
        provider.open_delivery({}, b"<a/>", NOW)


async def test_a_register_without_a_name_there_is_a_precondition(network: StorecoveStub) -> None:
    async with adapter(StorecoveProvider, account(network.url, scheme_0235="")) as made:
        with pytest.raises(Precondition, match="scheme_0235"):
            await made.submit(network.message("k"), "k")
    with pytest.raises(Precondition, match="legal_entity"):
        StorecoveProvider(ProviderAccount(base_url="http://h", credentials={"token": Secret("k")}))
    with pytest.raises(Precondition, match="token"):
        StorecoveProvider(ProviderAccount(base_url="http://h", options={"legal_entity": "1"}))

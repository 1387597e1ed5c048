"""Each magic receiver forces what the page says, without anything being ordered; the page is the table's own text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Participant
from gateway.sandbox.magic import MAGIC, TYPES, Magic, page
from peppol.errors import OutcomeUnknown, PeppolError, Permanent, Precondition, Temporary
from peppol.identifiers import INVOICE, ParticipantId
from peppol.providers.sandbox import SandboxProvider
from peppol.statuses import Outcome
from tests.gateway.sandbox.process import SELLER, SandboxProcess, account, sandbox
from tests.peppol.messages import message

PAGE = (Path(__file__).parents[3] / "docs" / "network.md").read_text(encoding="utf-8")
GOOD = [Outcome.REPORTED, Outcome.DELIVERED]

SUBMISSION: dict[Fault, tuple[type[PeppolError], bool]] = {
    Fault.NOT_REGISTERED: (Precondition, False),
    Fault.QUOTA: (Precondition, False),
    Fault.REFUSED: (Permanent, False),
    Fault.BUSY: (Temporary, True),
    Fault.RATE_LIMITED: (Temporary, True),
    Fault.BAD_GATEWAY: (OutcomeUnknown, True),
    Fault.RESET_AFTER_TAKING: (OutcomeUnknown, True),
}
"""What the first submission ends with, and whether the second one is taken."""

STATUSES: dict[Fault, list[Outcome]] = {
    Fault.C3_REFUSES: [Outcome.REPORTED, Outcome.REFUSED],
    Fault.C3_UNREACHABLE: [Outcome.REPORTED, Outcome.UNDELIVERABLE],
    Fault.C3_LATE_REFUSAL: [*GOOD, Outcome.REFUSED],
    Fault.C3_LATE_UNDELIVERABLE: [*GOOD, Outcome.UNDELIVERABLE],
    Fault.C3_UNCONFIRMED: [Outcome.REPORTED, Outcome.TAKEN],
    Fault.C3_SILENT: [],
    Fault.C5_REFUSES: [Outcome.REPORT_REFUSED, Outcome.DELIVERED],
    Fault.C5_SILENT: [Outcome.DELIVERED],
}
"""What is told afterwards, where it isn't all well."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        process.desk.register(Participant(SELLER, TYPES, deliver_to=""))
        yield process


@pytest.fixture
async def provider(network: SandboxProcess) -> AsyncIterator[SandboxProvider]:
    adapter = SandboxProvider(account(network.url), timeout=timedelta(seconds=60))
    yield adapter
    await adapter.close()


@pytest.mark.parametrize("magic", MAGIC, ids=lambda magic: magic.outcome)
async def test_each_forces_its_outcome(provider: SandboxProvider, magic: Magic) -> None:
    registered = await provider.lookup(ParticipantId(magic.id), INVOICE) is not None
    assert registered == (Fault.NOT_REGISTERED not in magic.faults), "the look-up and the sending say the same"
    key = str(uuid4())
    sent = message(key, receiver=magic.id)
    first = magic.faults[0] if magic.faults else None
    error, taken = SUBMISSION.get(first, (None, True)) if first else (None, True)
    if error is None:
        await provider.submit(sent, key)
    else:
        with pytest.raises(PeppolError) as caught:
            await provider.submit(sent, key)
        assert type(caught.value) is error
        if not taken:
            with pytest.raises(error):
                await provider.submit(sent, key)
            assert await provider.find(key) is None
            return
        await provider.submit(sent, key)
    expected = STATUSES.get(first, GOOD) if first else GOOD
    expected = [*expected, magic.answers] if magic.answers else expected
    if not expected:
        await another_arrives(provider)
        assert await provider.status(key) == ()
        return
    assert await told(provider, key, len(expected)) == expected


async def told(provider: SandboxProvider, key: str, number: int) -> list[Outcome]:
    """What is said of a message, once it is so much."""
    deadline, found = time.monotonic() + 60, list[Outcome]()
    while len(found) < number:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
        found = [event.outcome for event in await provider.status(key)]
    return found


async def another_arrives(provider: SandboxProvider) -> None:
    """A later message, so that whatever was to be said of an earlier one has been said."""
    later = str(uuid4())
    await provider.submit(message(later, receiver=MAGIC[0].id), later)
    await told(provider, later, len(GOOD))


def test_each_passes_the_check_of_its_digits() -> None:
    for magic in MAGIC:
        tin = ParticipantId(magic.id).identifier
        doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(tin))]
        assert sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0, tin
    assert len({magic.id for magic in MAGIC}) == len({magic.outcome for magic in MAGIC}) == len(MAGIC)


def test_the_page_lists_them() -> None:
    assert page() in PAGE


def test_nobody_can_take_their_place(network: SandboxProcess) -> None:
    answer = httpx.put(
        f"{network.url}/desk/participants",
        json={"id": MAGIC[0].id, "document_types": TYPES, "deliver_to": ""},
        headers={"authorization": f"Bearer {network.token}"},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 409
    assert MAGIC[0].outcome in answer.text

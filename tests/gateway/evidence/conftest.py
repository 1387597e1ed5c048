"""A company whose documents travel over a sandbox network, and a verifier that knows nothing of this program."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

import ledger.verifier
from gateway.db import Database
from gateway.evidence import flow
from gateway.outbound import flow as outbound
from gateway.outbound import jobs
from gateway.outbound.flow import SendJob
from gateway.outbound.following import FollowJob
from gateway.sandbox.journal import Participant
from gateway.settings import Settings
from gateway.storage.folder import FolderStorage
from peppol.providers.sandbox import SandboxProvider
from tests.gateway.outbound.conftest import Company, bare_wiring, executor, invoice, open_company
from tests.gateway.sandbox.process import SECRET, TOKEN, TYPES, SandboxProcess, account, free_port, sandbox
from ubl import Invoice

__all__ = ["executor", "invoice"]

SELLER, BUYER = "0235:1987654321", "0235:1123456789"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox(Path(tmp_path_factory.mktemp("network"))) as process:
        nowhere = f"http://127.0.0.1:{free_port()}/"
        process.desk.register(*(Participant(who, TYPES, nowhere, secret=SECRET) for who in (SELLER, BUYER)))
        yield process


@pytest.fixture(scope="module")
async def company(
    network: SandboxProcess,
    module_database: Database,
    module_admin: Database,
    executor: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Company]:
    """A company whose provider is the sandbox."""
    provider = SandboxProvider(account(network.url, TOKEN, SECRET), timeout=timedelta(seconds=60))
    home = tmp_path_factory.mktemp("home")
    wiring = msgspec.structs.replace(
        bare_wiring(module_database, executor),
        settings=Settings(home=home),
        provider=provider,
        storage=FolderStorage(home / "objects"),
    )
    company = await open_company(module_database, module_admin, wiring)
    yield company
    await company.sealer.close()
    await provider.close()


async def sent(company: Company, invoice: Invoice) -> UUID:
    """A document that the network has taken."""
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    async with company.call() as call:
        await outbound.send(call, document_id)
    await jobs.send(company.wiring, company.id, msgspec.json.encode(SendJob(document_id)), now=company.now)
    return document_id


async def key_of(company: Company, document_id: UUID) -> UUID:
    """Under which the document travels."""
    async with company.database.company(company.id) as db:
        found = await db.scalar(text("select id from transmissions where document_id = :id"), {"id": document_id})
    assert isinstance(found, UUID)
    return found


async def follow(company: Company, document_id: UUID) -> None:
    """Ask the network what became of it."""
    job = FollowJob(await key_of(company, document_id))
    await jobs.follow(company.wiring, company.id, msgspec.json.encode(job), now=company.now)


async def packed(company: Company, document_id: UUID) -> bytes:
    """The package of an issued document."""
    async with company.call() as call:
        file, length = await flow.pack(call, await flow.issued(call, document_id))
        with file:
            file.seek(0)
            whole = file.read()
    assert len(whole) == length
    return whole


def members(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rebuilt(parts: Mapping[str, bytes]) -> bytes:
    """A package of these members, sound as a ZIP file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


@pytest.fixture(scope="session")
def verifier() -> Iterator[ModuleType]:
    """verify_evidence.py as it is run: beside verify.py, by that name, with nothing of the program around it."""
    folder = str(Path(ledger.verifier.__file__).parent)
    sys.path.insert(0, folder)
    try:
        import verify_evidence

        yield verify_evidence
    finally:
        sys.path.remove(folder)
        for name in ("verify", "verify_evidence"):
            sys.modules.pop(name, None)


def failures(verifier: ModuleType, package: bytes, folder: Path) -> list[str]:
    """What the verifier finds wrong; `unusable` counts as well."""
    path = folder / "package.zip"
    path.write_bytes(package)
    try:
        return list(verifier.Package(str(path)).check().failures)
    except verifier.bundle.Unusable as error:
        return [f"unusable: {error}"]

"""A witness that learns, as a process of its own, and ledgers to give to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certs import LocalKeyStore
from tests.few_keys import FewKeys
from tests.gateway.witness.process import WitnessProcess


@pytest.fixture(scope="session")
def keys() -> LocalKeyStore:
    """One key store for all tests of this process."""
    return FewKeys()


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessProcess]:
    """Learns the ledgers of the tests at their first use."""
    process = WitnessProcess(Path(tmp_path_factory.mktemp("witness")) / "w1", learn="ledger.test/")
    yield process.start()
    process.kill()

"""The endpoint on loopback, and an extractor that asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingestion.extract.llm import LlmExtractor
from ingestion.extract.llm.endpoint import Endpoint
from tests.ingestion.llm.stub import KEY, MODELS, Stub, serving


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def naps() -> list[float]:
    """How long the extractor would have waited, each time."""
    return []


@pytest.fixture
def llm(stub: Stub, naps: list[float]) -> Iterator[LlmExtractor]:
    extractor = LlmExtractor(Endpoint(stub.url, KEY, MODELS, timeout=30, sleep=naps.append))
    yield extractor
    extractor.close()

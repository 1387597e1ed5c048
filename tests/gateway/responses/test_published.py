"""What we call an Invoice Response on the network is what the published code lists call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from peppol.identifiers import INVOICE_RESPONSE, RESPONDING
from tests.gateway.responses.conftest import message_of
from tests.ubl.samples import CONFORMANCE
from ubl import response as invoice_response

LISTS = sorted((CONFORMANCE / "codelists").glob("peppol-edec-*/*.json"))


def listed(name: str) -> list[dict[str, Any]]:
    (path,) = (path for path in LISTS if name in path.name)
    values: list[dict[str, Any]] = json.loads(Path(path).read_text("utf-8"))["values"]
    return values


@pytest.mark.skipif(not LISTS, reason=f"the published code lists are not at {CONFORMANCE}: set REFERENCE_DIR")
def test_document_type_and_process_are_the_published_ones() -> None:
    (row,) = (row for row in listed("Document types") if row["value"] == INVOICE_RESPONSE.value)
    assert (row["scheme"], row["state"]) == (INVOICE_RESPONSE.scheme, "active")
    process = {"scheme": RESPONDING.scheme, "value": RESPONDING.value}
    assert process in row["process-ids"]
    assert {**process, "state": "active"} in listed("Processes")


def test_what_stands_here_is_what_ubl_builds() -> None:
    assert message_of(b"<x/>").process.value == invoice_response.PROCESS
    assert message_of(b"<x/>").document_type.customization == invoice_response.SPECIFICATION

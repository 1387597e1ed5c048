"""The page about providers says what the adapters do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.settings import Secret
from gateway.settings.live import UNSIGNED
from peppol.provider import Capabilities
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.wants import WANTS

PAGE = (Path(__file__).parents[2] / "docs" / "network.md").read_text(encoding="utf-8")
METHODS = ("submit", "find", "status", "fetch_inbound", "ack", "lookup", "health")


async def capabilities(name: str) -> Capabilities:
    known = {each: Secret("x") for each in ("token", "client_id", "client_secret")}
    options = {"legal_entity": "1", "tenant_id": "1", "token_url": "http://127.0.0.1:1/t"}
    made = PROVIDERS[name](ProviderAccount(base_url="http://127.0.0.1:1", credentials=known, options=options))
    await made.close()
    assert made.name == name
    return made.capabilities


def rows(heading: str) -> dict[str, list[str]]:
    """Adapter -> cells of the table whose first line begins so."""
    table = PAGE[PAGE.index(heading) :].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize("name", sorted(PROVIDERS))
async def test_every_adapter_stands_in_every_table(name: str) -> None:
    can = await capabilities(name)
    called = rows("| adapter | submit |")[name]
    known, options = rows("| adapter | known by ")[name]
    assert set(re.findall(r"`([a-z_]+)`", known)) >= WANTS[name].credentials
    assert set(re.findall(r"`([a-z_]+)", options)) >= WANTS[name].options
    for method, cell in zip(METHODS, called, strict=True):
        assert (cell == "-") == (method in can.missing), f"{name}.{method}: {cell}"
    repeated, _, _ = rows("| adapter | a second submission")[name]
    if "submit" not in can.missing:
        assert repeated.startswith("is the first one") == can.idempotent
        assert (called[1] == "can't tell") == (not can.finds_by_key)
    unsigned = re.search(r"doesn't sign its calls \((.*?)\)", PAGE)
    assert unsigned is not None
    assert (name in UNSIGNED) == (not can.signed)
    assert (f"`{name}`" in unsigned[1]) == (can.callbacks and not can.signed)


async def test_what_is_missing_is_listed_with_its_reason() -> None:
    listed = set(
        re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \|$", PAGE[PAGE.index("### What a provider") :], re.MULTILINE)
    )
    expected = {
        (name, method, reason) for name in PROVIDERS for method, reason in (await capabilities(name)).missing.items()
    }
    assert listed == expected

"""Signed checkpoints: how many entries a ledger has and what their tree's root is (C2SP tlog-checkpoint)."""

from __future__ import annotations

from uuid import UUID


def origin(host: str, company_id: UUID) -> str:
    """What a ledger is called in its checkpoints; `host` as in an address without its scheme."""
    return f"{host}/ledger/{company_id}"

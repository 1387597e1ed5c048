"""Whether the VAT of a bill is ready to be recovered: what is there, and what is missing, one check after the other.

Input tax is recovered on a tax invoice that the recipient holds and keeps (Federal Decree-Law 8 of 2017, articles 54
and 55, read in secondary sources; between businesses in scope of Ministerial Decision 243 of 2025 that is an
e-invoice). No check decides that it may be recovered: that depends on what the supply is used for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Row

from gateway.bills.fields import Fields
from gateway.bills.states import State
from ingestion.document import Kind
from ingestion.extract.ids import compact
from ubl import trn


class Check(StrEnum):
    """What has to be there; pages say it in words."""

    E_INVOICE = "e_invoice"
    """It came as structured data over the network and passed the rules."""
    SUPPLIER_TRN = "supplier_trn"
    """The supplier's TRN is on it and can be one."""
    OWN_TRN = "own_trn"
    """It is made out to our TRN."""
    VAT_SHOWN = "vat_shown"
    """The VAT is stated and adds up with net and total."""
    RETAINED = "retained"
    """The original is kept, and an entry of the ledger binds its bytes."""
    MATCHED = "matched"
    """What is billed was ordered and received, or somebody approved it all the same."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Of a bill on which VAT is charged."""

    ready: bool
    missing: tuple[Check, ...]
    met: tuple[Check, ...]


def readiness(row: Row[Any], standing: Fields, *, valid_e_invoice: bool, own_trn: str | None) -> Readiness | None:
    """None where there is no VAT to recover, or nobody has accepted what was read."""
    accepted = row.state not in {State.RECEIVED, State.NEEDS_REVIEW, State.FAILED, State.DISCARDED}
    if not standing.tax or standing.kind is Kind.CREDIT_NOTE or not accepted:
        return None
    net, tax, total = standing.net, standing.tax, standing.total
    found = {
        Check.E_INVOICE: valid_e_invoice,
        Check.SUPPLIER_TRN: trn.is_valid(compact(standing.supplier_tax_id or "")),
        Check.OWN_TRN: own_trn is not None and compact(standing.buyer_tax_id or "") == own_trn,
        Check.VAT_SHOWN: net is not None and total is not None and net + tax == total,
        Check.RETAINED: row.reading_sha256 is not None,
        Check.MATCHED: row.state in {State.MATCHED, State.APPROVED, State.PAID},
    }
    missing = tuple(check for check, met in found.items() if not met)
    return Readiness(ready=not missing, missing=missing, met=tuple(check for check, met in found.items() if met))

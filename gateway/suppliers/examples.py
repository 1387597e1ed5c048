"""Examples that the API's description shows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gateway.suppliers.importing import Imported, ImportedRow
from gateway.suppliers.master import Master, NewAccount
from gateway.suppliers.plan import Outcome
from gateway.suppliers.states import AccountState, State
from gateway.suppliers.view import Account, Lesson, Origin, Supplier, SupplierShown
from ingestion.document import Term
from ingestion.extract import Anchor

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_BY = "user:0199f0c1-7d5e-7c41-9b52-3f6d1c2a7e88"
_ID = UUID("0199f0d1-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
_BILL = UUID("0199f0d4-1a2b-7c3d-8e4f-5a6b7c8d9e0f")

MASTER = Master(
    name="Falcon Stationery LLC",
    other_names=("الصقر للقرطاسية ذ.م.م",),
    tax_ids=("100234567890003",),
    endpoints=("0235:1002345678",),
    emails=("billing@falcon.example",),
    currency="AED",
    payment_days=30,
)
NEW_ACCOUNT = NewAccount(iban="AE07 0331 2345 6789 0123 456", bic="BOMLAEAD")
ACCOUNT = Account(
    id=UUID("0199f0d2-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
    supplier_id=_ID,
    supplier=MASTER.name,
    state=AccountState.PROPOSED,
    version=1,
    iban="AE070331234567890123456",
    bic=None,
    origin=Origin.BILL,
    makers=(UUID("0199f0c1-7d5e-7c41-9b52-3f6d1c2a7e88"),),
    bills=(_BILL,),
    shared_with=(),
    proposed_at=_AT,
    proposed_by="system:bills",
    decided_at=None,
    decided_by=None,
    reason=None,
)
SHOWN = SupplierShown(
    id=_ID, state=State.ACTIVE, version=3, name=MASTER.name, other_names=MASTER.other_names, tax_ids=MASTER.tax_ids,
    endpoints=MASTER.endpoints, emails=MASTER.emails, currency=MASTER.currency, payment_days=MASTER.payment_days,
    created_at=_AT, created_by=_BY, changed_at=_AT, changed_by=_BY, accounts=(ACCOUNT,),
    anchored=(Term.INVOICE_NUMBER,),
)  # fmt: skip
SUPPLIER = Supplier(**{name: getattr(SHOWN, name) for name in Supplier.__struct_fields__})
LESSON = Lesson(
    version=1,
    anchors={Term.INVOICE_NUMBER: (Anchor(words="documentref", below=False, x=0.71, y=0.12),)},
    forgotten=False,
    at=_AT,
    by=_BY,
    bill_id=_BILL,
)
CSV = (
    "name;tax_ids;endpoints;currency;payment_days;iban\n"
    "Falcon Stationery LLC;100234567890003;0235:1002345678;AED;30;AE070331234567890123456\n"
)
IMPORTED = Imported(
    sha256="5f" * 32, dry_run=True, created=1, changed=0, same=0, refused=0, accounts=1,
    rows=(
        ImportedRow(
            line=2, outcome=Outcome.CREATED, supplier_id=None, name=MASTER.name, account_proposed=True, findings=()
        ),
    ),
)  # fmt: skip

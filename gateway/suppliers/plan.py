"""What a file of suppliers would do to the master, row by row. Pure: the same is shown by a dry run and done after it.

A row is held against what is there by its tax ids, else its endpoints, else its name. What a row names is added to an
entry's lists, or takes the place of a single value; an empty cell changes nothing, and nothing is ever taken away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

import msgspec

from gateway.access.errors import Unacceptable
from gateway.db import new_id
from gateway.http.problems import Finding
from gateway.sheets import Row
from gateway.suppliers import flow, master
from gateway.suppliers.master import Master, NewAccount
from gateway.suppliers.states import AccountState, State
from gateway.suppliers.view import Supplier

COLUMNS = ("name", "other_names", "tax_ids", "endpoints", "emails", "currency", "payment_days", "iban", "bic")
"""Of a file; several values in a cell are divided by `;`."""
_LISTS = ("other_names", "tax_ids", "endpoints", "emails")


class Outcome(StrEnum):
    """What becomes of one row."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    """All of it is known."""
    REFUSED = "refused"


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What one row does."""

    line: int
    outcome: Outcome
    supplier_id: UUID | None = None
    entry: Master | None = None
    """The whole entry as it would stand."""
    account: NewAccount | None = None
    """To be proposed."""
    findings: tuple[Finding, ...] = ()


class Present:
    """The master as it stands, and as it will once the rows before are done."""

    def __init__(self, suppliers: Sequence[Supplier], accounts: Mapping[tuple[UUID, str], AccountState]) -> None:
        """`accounts`: by supplier and IBAN."""
        self.entries = {supplier.id: flow.entry_of(supplier) for supplier in suppliers}
        self.versions = {supplier.id: supplier.version for supplier in suppliers}
        self.archived = {supplier.id for supplier in suppliers if supplier.state is State.ARCHIVED}
        self.accounts = dict(accounts)
        self._keys: dict[tuple[str, str], set[UUID]] = {}
        for supplier_id, entry in self.entries.items():
            self._index(supplier_id, entry)

    def put(self, supplier_id: UUID, entry: Master, account: NewAccount | None) -> None:
        """From now on the entry stands like this."""
        self.entries[supplier_id] = entry
        self._index(supplier_id, entry)
        if account is not None:
            self.accounts[supplier_id, account.iban] = AccountState.PROPOSED

    def of(self, entry: Master) -> set[UUID]:
        """Whom a row means: by what it shows, the surest first."""
        keys = sorted(master.keys_of(entry))
        for kind in ("tax_id", "endpoint"):
            found = {each for key in keys if key[0] == kind for each in self._keys.get(key, ())}
            if found:
                return found
        named = {each for key in keys if key[0] == "name" for each in self._keys.get(key, ())}
        return {each for each in named if not (entry.tax_ids and self.entries[each].tax_ids)}

    def takes(self, entry: Master, supplier_id: UUID) -> tuple[str, str] | None:
        """A tax id or endpoint of the entry that is another supplier's."""
        for kind, value in sorted(master.keys_of(entry)):
            if kind != "name" and self._keys.get((kind, value), {supplier_id}) != {supplier_id}:
                return kind, value
        return None

    def _index(self, supplier_id: UUID, entry: Master) -> None:
        for key in master.keys_of(entry):
            self._keys.setdefault(key, set()).add(supplier_id)


def plan(rows: Sequence[Row], present: Present) -> list[Planned]:
    """What each row does, in their order; `present` goes along."""
    planned = []
    for row in rows:
        try:
            one = _planned(row, present)
        except Unacceptable as wrong:
            one = _refused(row.line, wrong.pointer, wrong.detail)
        if one.supplier_id is not None and one.entry is not None:
            present.put(one.supplier_id, one.entry, one.account)
        planned.append(one)
    return planned


def _planned(row: Row, present: Present) -> Planned:
    if row.formulas:
        column = row.formulas[0]
        return _refused(row.line, f"/{column}", "The cell is a formula, or begins like one; give its value as text.")
    given = _given(row.cells)
    account = _account(row.cells)
    meant = present.of(given)
    if len(meant) > 1:
        return _refused(row.line, "/name", "This row fits several suppliers; give the tax id of the one that is meant.")
    supplier_id = meant.pop() if meant else new_id()
    if supplier_id in present.archived:
        return _refused(row.line, "/name", "This supplier is archived; bring it back first.")
    before = present.entries.get(supplier_id)
    entry = master.checked(_merged(before, given, row.cells))
    if (taken := present.takes(entry, supplier_id)) is not None:
        return _refused(row.line, f"/{taken[0]}s", f"{taken[1]} is another supplier's.")
    known = present.accounts.get((supplier_id, account.iban)) if account else None
    if account and known in (AccountState.REFUSED, AccountState.RETIRED):
        return _refused(row.line, "/iban", f"This account is {known} for this supplier; a person has to propose it.")
    account = account if known is None else None
    outcome = Outcome.CREATED if before is None else Outcome.SAME if before == entry else Outcome.CHANGED
    if outcome is Outcome.SAME and account is not None:
        outcome = Outcome.CHANGED
    return Planned(line=row.line, outcome=outcome, supplier_id=supplier_id, entry=entry, account=account)


def _given(cells: Mapping[str, str]) -> Master:
    lists = {column: tuple(_several(cells.get(column, ""))) for column in _LISTS}
    if not cells.get("name"):
        raise Unacceptable("/name", "Each row names its supplier.")
    days = cells.get("payment_days")
    if days is not None and not re.fullmatch(r"[0-9]{1,3}", days):
        raise Unacceptable("/payment_days", "Say 0 to 365 days, as a whole number.")
    single = Master(name=cells["name"], currency=cells.get("currency"), payment_days=int(days) if days else None)
    return master.checked(msgspec.structs.replace(single, **lists))


def _account(cells: Mapping[str, str]) -> NewAccount | None:
    if "iban" in cells:
        return master.account(NewAccount(iban=cells["iban"], bic=cells.get("bic")))
    if "bic" in cells:
        raise Unacceptable("/bic", "A BIC says nothing without its IBAN.")
    return None


def _merged(before: Master | None, given: Master, cells: Mapping[str, str]) -> Master:
    if before is None:
        return given
    lists = {column: tuple(dict.fromkeys((*getattr(before, column), *getattr(given, column)))) for column in _LISTS}
    single = {column: getattr(given if column in cells else before, column) for column in ("currency", "payment_days")}
    return msgspec.structs.replace(given, **lists, **single)


def _several(cell: str) -> list[str]:
    return [text.strip() for text in cell.split(";") if text.strip()]


def _refused(line: int, pointer: str, message: str) -> Planned:
    finding = Finding(rule="GW-VALUE", layer="gateway", pointer=f"/{line}{pointer}", message=message)
    return Planned(line=line, outcome=Outcome.REFUSED, findings=(finding,))

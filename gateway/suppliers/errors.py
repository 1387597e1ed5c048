"""What goes wrong with suppliers, each of a family of `gateway.http.problems`:

NotFound  <- SupplierNotFound, AccountNotFound
Conflict  <- Taken, Overtaken, Changed, AccountKnown, SecondPersonNeeded
Invalid   <- SheetRefused; `Unacceptable` of access for a value of a body
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.http.problems import Conflict, Invalid, NotFound


class SupplierNotFound(NotFound):
    """Another company's suppliers look the same from here."""

    def __init__(self, supplier_id: UUID) -> None:
        """Name it."""
        super().__init__(f"There is no supplier {supplier_id} in this company.")


class AccountNotFound(NotFound):
    """No such account of that supplier."""

    def __init__(self, account_id: UUID) -> None:
        """Name it."""
        super().__init__(f"This supplier has no bank account {account_id}.")


class Taken(Conflict):
    """A tax id or an endpoint names one supplier only."""

    code = "supplier-known"

    def __init__(self, what: str, value: str, name: str, supplier_id: UUID) -> None:
        """`what`: tax id or endpoint; `name`: the supplier that has it."""
        super().__init__(
            f"The {what} {value} is {name}'s. Change that supplier; bring it back if it is archived.",
            facts={"supplier_id": str(supplier_id)},
        )


class Overtaken(Conflict):
    """Two did the same at the same moment; the other was first."""

    code = "overtaken"

    def __init__(self) -> None:
        """The same for everything."""
        super().__init__("Somebody entered the same this very moment; nothing was done. Look, and send it again.")


class Changed(Conflict):
    """Somebody else was quicker."""

    code = "changed-meanwhile"

    def __init__(self, version: int) -> None:
        """`version`: the present one."""
        super().__init__(
            f"This supplier was changed meanwhile and has version {version} now; read it again, and send your change "
            "for that version.",
            facts={"version": version},
        )


class AccountKnown(Conflict):
    """The supplier has this account already."""

    code = "account-known"

    def __init__(self, account_id: UUID, state: str) -> None:
        """`state`: as it stands."""
        super().__init__(
            f"This supplier has this bank account already; it is {state}.",
            facts={"id": str(account_id), "state": state},
        )


class SecondPersonNeeded(Conflict):
    """Whoever had a hand in it can't release it."""

    code = "second-person-needed"

    def __init__(self) -> None:
        """The same for everybody concerned."""
        super().__init__(
            "Somebody else has to release this bank account: you, or a key of yours, proposed it, or uploaded, "
            "corrected or accepted a bill that shows it."
        )


class SheetRefused(Invalid):
    """A file of suppliers that isn't imported; nothing of it was kept."""

    code = "import-refused"

    def __init__(self, message: str, findings: tuple[Any, ...] = ()) -> None:
        """`findings`: what is wrong, row by row; `pointer` is /row/column."""
        super().__init__(message, findings=findings)

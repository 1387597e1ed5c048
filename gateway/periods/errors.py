"""What goes wrong with periods:

NotFound    <- DocumentUnknown
Conflict    <- PeriodNotOver, PeriodClosed, PeriodOpen
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from gateway.http.problems import Conflict, NotFound
from gateway.periods.calendar import TaxPeriod


class PeriodNotOver(Conflict):
    """The period has days to come."""

    code = "period-not-over"

    def __init__(self, period: TaxPeriod) -> None:
        """Say from when on it can be closed."""
        super().__init__(f"The VAT period {period} isn't over yet; it can be closed from the day after its last on.")


class PeriodClosed(Conflict):
    """It was closed before, or days of it were, as part of another."""

    code = "period-closed"

    def __init__(self, period: TaxPeriod) -> None:
        """Name the period that is closed."""
        super().__init__(f"The VAT period {period} is closed already.", facts={"first_day": str(period.first_day)})


class PeriodOpen(Conflict):
    """There is nothing to override."""

    code = "period-open"

    def __init__(self, day: date) -> None:
        """Name the day."""
        super().__init__(f"{day} lies in no closed VAT period; the document needs no override.")


class DocumentUnknown(NotFound):
    """No draft of this id."""

    def __init__(self, document_id: UUID) -> None:
        """Name it."""
        super().__init__(f"There is no draft {document_id} in this company; only a draft can be let in.")

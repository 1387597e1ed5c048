"""What goes wrong with bills, each of a family of `gateway.http.problems`:

NotFound     <- BillNotFound, RereadingNotFound, NoTask
Forbidden    <- BillFourEyes
Conflict     <- BillChanged, BillHeld, BillLeased, NotInReview, NotHeld, AlreadyApproved, NotPayable, PolicyChanged,
                HeldByItsCause
Invalid      <- FileRefused, NotAcceptable, NotAMember, PolicyRefused
Unavailable  <- ScannerUnavailable
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.http.problems import Conflict, Finding, Forbidden, Invalid, NotFound, Unavailable


class BillNotFound(NotFound):
    """Nothing of this id here; another company's bill looks the same."""

    def __init__(self, bill_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no bill {bill_id} in this company.")


class RereadingNotFound(NotFound):
    """No such order to read again."""

    def __init__(self, rereading_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no order {rereading_id} to read bills again in this company.")


class NoTask(NotFound):
    """Nothing has to be looked into about this bill."""

    def __init__(self, bill_id: UUID) -> None:
        """Name the id asked for."""
        super().__init__(f"There is no open task about a bill {bill_id} in this company.")


class NotAMember(Invalid):
    """Tasks belong to people of the company."""

    code = "not-a-member"

    def __init__(self, user_id: UUID) -> None:
        """Name who was asked for."""
        super().__init__(f"Nobody of this company is {user_id}; choose one of its members.")


class PolicyChanged(Conflict):
    """Somebody else chose another policy meanwhile."""

    code = "bill-policy-changed"

    def __init__(self, version: int) -> None:
        """`version`: the present one."""
        super().__init__(f"The policy is at version {version} by now; look at it again.", facts={"version": version})


class PolicyRefused(Invalid):
    """A policy that can't be meant."""

    code = "bill-policy-refused"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """`findings`: what doesn't fit."""
        super().__init__(findings[0].message, findings=findings)


class HeldByItsCause(Conflict):
    """Nobody lifts this hold by a word."""

    code = "bill-held-by-its-cause"

    def __init__(self, hold: str) -> None:
        """Name the hold."""
        super().__init__(
            f"The hold {hold} is lifted by its cause: release the supplier's account, or enter the supplier; the bill "
            "is matched again by itself.",
            facts={"hold": hold},
        )


class BillChanged(Conflict):
    """Somebody else changed it since it was shown."""

    code = "bill-changed"

    def __init__(self, version: int) -> None:
        """`version`: the present one."""
        super().__init__(
            f"The bill was changed meanwhile and is at version {version}; look at it again.", facts={"version": version}
        )
        self.version = version


class BillHeld(Conflict):
    """A hold stands against it."""

    code = "bill-held"

    def __init__(self, holds: tuple[str, ...]) -> None:
        """Name the holds."""
        super().__init__(
            f"The bill is held: {', '.join(holds)}. Lift each hold first; one for an account or an unknown supplier "
            "ends when the account is released or the supplier entered.",
            facts={"holds": ", ".join(holds)},
        )
        self.holds = holds


class BillLeased(Conflict):
    """Somebody else looks at it just now."""

    code = "bill-leased"

    def __init__(self, holder: str, until: datetime) -> None:
        """Name who, and when the lease ends unless it is made to last."""
        told = f"{holder} reviews this bill until {until:%H:%M:%S} UTC. Take another one, or wait until it is released."
        super().__init__(told, facts={"holder": holder, "until": until.isoformat()})


class NotInReview(Conflict):
    """Only what waits for review is reviewed."""

    code = "not-in-review"

    def __init__(self, state: str) -> None:
        """`state`: the present one."""
        super().__init__(f"The bill is {state}; only what NEEDS_REVIEW is reviewed.", facts={"state": state})


class NotHeld(Conflict):
    """Nothing to lift."""

    code = "bill-not-held"

    def __init__(self, hold: str, holds: tuple[str, ...]) -> None:
        """`holds`: those that stand."""
        standing = ", ".join(holds) or "nothing"
        super().__init__(f"The bill isn't held by {hold}; it is held by {standing}.", facts={"holds": standing})


class BillFourEyes(Forbidden):
    """Maker and checker are the same person."""

    code = "four-eyes"

    def __init__(self) -> None:
        """Say who may do it."""
        super().__init__(
            "You sent, corrected or accepted this bill, lifted a hold on it or released its account, yourself or "
            "through an API key of yours; a second person has to approve it."
        )


class AlreadyApproved(Conflict):
    """One person's yes counts once."""

    code = "bill-already-approved"

    def __init__(self, given: int, needed: int) -> None:
        """`given`: approvals so far."""
        super().__init__(
            f"You have approved this bill; it has {given} of {needed} approvals. Somebody else has to give the next.",
            facts={"given": given, "needed": needed},
        )


class NotPayable(Conflict):
    """Something changed since it was approved."""

    code = "bill-not-payable"

    def __init__(self, iban: str) -> None:
        """`iban`: the account that isn't released any more."""
        super().__init__(
            f"The account {iban} isn't released for this supplier any more. Don't pay it; settle the account first."
        )


class FileRefused(Invalid):
    """The file is refused for what it is; nothing was kept. `code` is the reader's, such as `empty`."""

    def __init__(self, code: str, message: str) -> None:
        """`message`: what is wrong and what to do, for the sender."""
        rule = f"GW-FILE-{code.upper().replace('_', '-')}"
        super().__init__(message, findings=(Finding(rule=rule, layer="gateway", message=message),))
        self.code = code.replace("_", "-")  # type: ignore[misc]
        self.reason = code


class NotAcceptable(Invalid):
    """What stands can't be accepted as a bill; the findings say which values."""

    code = "bill-not-acceptable"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """`findings`: each names its value."""
        more = f" And {len(findings) - 1} more; see `findings`." if len(findings) > 1 else ""
        super().__init__(f"{findings[0].message}{more}", findings=findings)


class ScannerUnavailable(Unavailable):
    """The virus scanner doesn't answer, so nothing was taken."""

    code = "scanner-unavailable"

    def __init__(self) -> None:
        """Say when to come back."""
        super().__init__("The virus scanner doesn't answer just now; nothing was taken. Send it again.", retry_after=30)

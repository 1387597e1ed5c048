"""What access refuses, each under the family that `gateway/http/problems.py` gives a status. The tree:

Unauthenticated (401)
+-- BadCredentials       sign-in: address, password or code don't fit; never says which
+-- CodeRequired         the password fits, the code is missing
Forbidden (403)
+-- EnrolmentRequired    the person has no second factor yet
+-- StepUpRequired       a fresh code is needed for this class of action
+-- CsrfRefused          a browser's request without the page's token
+-- CodeRefused          a step-up or enrolment code that doesn't fit or was used before
NotFound (404)
+-- NotHere              no such thing in this company, whether or not it exists elsewhere
Invalid (422)
+-- Unacceptable         one value of the body can't be taken; its finding names the field
TooMany (429)
+-- LockedOut            too many failures from this address; says how long to wait
"""

from __future__ import annotations

from datetime import timedelta

from gateway.access.permissions import StepUp
from gateway.http.problems import Finding, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class BadCredentials(Unauthenticated):
    """One text for every cause, so that nobody learns which accounts exist."""

    code = "bad-credentials"

    def __init__(self) -> None:
        super().__init__("E-mail address, password or code don't fit; check them and try again.")


class CodeRequired(Unauthenticated):
    """The account has a second factor: send the same request with `code`."""

    code = "code-required"

    def __init__(self) -> None:
        super().__init__("Send the request again with the six-digit code, or with a backup code, in `code`.")


class EnrolmentRequired(Forbidden):
    """No second factor yet."""

    code = "enrolment-required"

    def __init__(self) -> None:
        super().__init__("Enrol a second factor first: POST /v1/auth/totp, then POST /v1/auth/totp/confirm.")


class StepUpRequired(Forbidden):
    """This class of action needs a fresh code."""

    code = "step-up-required"

    def __init__(self, step_up: StepUp) -> None:
        super().__init__(
            f"Confirm with a fresh code: POST /v1/auth/step-up with the action {step_up.value!r}, then repeat this.",
            facts={"action": step_up.value},
        )
        self.step_up = step_up


class CsrfRefused(Forbidden):
    """The request came with a cookie and without the page's token."""

    code = "csrf-refused"

    def __init__(self) -> None:
        super().__init__("This request doesn't come from a page of this service; load the page again and repeat it.")


class CodeRefused(Forbidden):
    """The code doesn't fit or was used before."""

    code = "code-refused"

    def __init__(self) -> None:
        super().__init__("The code doesn't fit or was used before; wait for the next one and try again.")


class NotHere(NotFound):
    """No such thing in this company."""

    def __init__(self, what: str) -> None:
        """`what`: a noun, such as `API key`."""
        super().__init__(f"There is no such {what} in this company.")


class Unacceptable(Invalid):
    """A value that can't be taken."""

    def __init__(self, pointer: str, message: str, *, rule: str = "GW-VALUE") -> None:
        """`pointer`: JSON pointer (RFC 6901) of the field in the body."""
        super().__init__(message, findings=(Finding(rule=rule, layer="gateway", message=message, pointer=pointer),))
        self.pointer = pointer


class LockedOut(TooMany):
    """Too many failures."""

    code = "locked-out"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(
            "Too many failed attempts; wait before you try again.", retry_after=retry_after.total_seconds()
        )

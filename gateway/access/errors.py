# ruff: noqa: N818  (a refusal named for what it says reads better at the `raise`)
"""What access refuses. The tree:

AccessError
+-- Unauthenticated          no token, or one that is unknown, expired, revoked (401)
|   +-- BadCredentials       sign-in: address, password or code don't fit; never says which (401)
|   +-- CodeRequired         the password fits, the code is missing (401)
+-- Forbidden                known, but the table says no (403)
|   +-- EnrolmentRequired    the person has no second factor yet (403)
|   +-- StepUpRequired       a fresh code is needed for this class of action (403)
|   +-- CsrfRefused          a browser's request without the page's token (403)
|   +-- CodeRefused          a step-up or enrolment code that doesn't fit or was used before (403)
+-- LockedOut                too many failures from this address; says how long to wait (429)
+-- NotHere                  no such thing in this company (404)
+-- Conflicting              the present state doesn't allow it (409)
+-- Unacceptable             a value of the body can't be taken; names the field (422)
"""

from __future__ import annotations

from datetime import timedelta

from gateway.access.permissions import StepUp


class AccessError(Exception):
    """Root of the tree; its text may be shown to the caller and never holds a secret."""


class Unauthenticated(AccessError):
    """No valid token."""


class BadCredentials(Unauthenticated):
    """One text for every cause, so that nobody learns which accounts exist."""

    def __init__(self) -> None:
        super().__init__("E-mail address, password or code don't fit; check them and try again.")


class CodeRequired(Unauthenticated):
    """The account has a second factor: send the same request with `code`."""

    def __init__(self) -> None:
        super().__init__("Send the request again with the six-digit code, or with a backup code, in `code`.")


class Forbidden(AccessError):
    """The role or the key's scopes don't allow this."""


class EnrolmentRequired(Forbidden):
    """No second factor yet."""

    def __init__(self) -> None:
        super().__init__("Enrol a second factor first: POST /v1/auth/totp, then POST /v1/auth/totp/confirm.")


class StepUpRequired(Forbidden):
    """This class of action needs a fresh code."""

    def __init__(self, step_up: StepUp) -> None:
        super().__init__(f"Confirm with a fresh code: POST /v1/auth/step-up with `action` {step_up.value!r}.")
        self.step_up = step_up


class CsrfRefused(Forbidden):
    """The request came with a cookie and without the page's token."""

    def __init__(self) -> None:
        super().__init__("This request doesn't come from a page of this service; load the page again and repeat it.")


class CodeRefused(Forbidden):
    """The code doesn't fit or was used before."""

    def __init__(self) -> None:
        super().__init__("The code doesn't fit or was used before; wait for the next one and try again.")


class LockedOut(AccessError):
    """Too many failures; `retry_after` says how long to wait."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many failed attempts; wait before you try again.")
        self.retry_after = retry_after


class NotHere(AccessError):
    """No such thing in this company, whether or not it exists elsewhere."""


class Conflicting(AccessError):
    """The present state doesn't allow it."""


class Unacceptable(AccessError):
    """A value that can't be taken; `pointer` is the JSON pointer (RFC 6901) of the field."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer

"""Signing in and proving oneself: `/v1/auth`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, post

from gateway.access.call import PlatformCall, Visit
from gateway.access.flow import factors, members, sessions
from gateway.access.flow.sessions import Credentials, SignedIn
from gateway.access.guards import fresh_code, signed_in
from gateway.access.permissions import StepUp
from gateway.access.principal import Principal
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import Unauthenticated
from gateway.ratelimit import Rate

GUESSABLE = {RATE: Rate(a_minute=30, burst=30)}
"""Slower than the rest: these endpoints answer whether a password, a code or a token fits. Lock-out comes on top."""

_WORDS = "three unrelated words"
_CREDENTIALS = Credentials(email="finance@seller.ae", password=_WORDS, code="123456")
_ACCEPTANCE = members.Acceptance(token="ili_...", password=_WORDS, name="Head of finance")  # noqa: S106 - an example
_COMPANY = UUID("01932c07-a5e0-7c53-b1f4-6f0c2d9a4e11")


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refresh token, which counts once."""

    refresh_token: str

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return "Refresh(...)"


class Enter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The company to work in; null: none, for what concerns the person or the platform."""

    company_id: UUID | None


class StepUpWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fresh code for one class of action."""

    action: StepUp
    code: str
    """Six digits, or a backup code; one that was used before doesn't count."""


class SteppedUp(msgspec.Struct, frozen=True):
    """The class of action stands open."""

    action: StepUp
    until: datetime


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The six digits that the authenticator app shows."""

    code: str


class BackupCodes(msgspec.Struct, frozen=True):
    """Ten codes for the day the phone is gone; shown this once, each counts once."""

    backup_codes: list[str]

    def __repr__(self) -> str:
        """Keep the secrets out of logs and tracebacks."""
        return "BackupCodes(...)"


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The present and the new password."""

    old_password: str
    new_password: str
    """At least 12 characters."""

    def __repr__(self) -> str:
        """Keep the secrets out of logs and tracebacks."""
        return "PasswordChange(...)"


def present(visit: Visit) -> Principal:
    """The caller of an endpoint whose guard let only signed-in people through."""
    if visit.principal is None:
        raise Unauthenticated("Sign in first.")
    return visit.principal


class Auth(Controller):
    """Sign in with password and second factor; renew, change and end sessions."""

    path = "/v1/auth"
    tags = ("Access",)

    @post(
        "/sign-in",
        status_code=200,
        summary="Sign in",
        opt=GUESSABLE | example(body=_CREDENTIALS),
    )
    async def sign_in(
        self,
        visit: Visit,
        data: Credentials,
    ) -> SignedIn:
        """Open a session. Without a second factor it is good for enrolment only (`second_factor: false`)."""
        return await sessions.sign_in(visit.wiring, data, address=visit.address, now=visit.now)

    @post("/refresh", status_code=200, summary="Renew a token", opt=GUESSABLE | example(body=Refresh("ilr_...")))
    async def refresh(self, visit: Visit, data: Refresh) -> SignedIn:
        """The next token and refresh token. A refresh token that is shown twice ends its session."""
        return await sessions.refresh(visit.wiring, data.refresh_token, now=visit.now)

    @post("/sign-out", status_code=204, guards=[signed_in], summary="Sign out")
    async def sign_out(self, platform_call: PlatformCall) -> None:
        """End this session: token and refresh token hold no more."""
        principal = platform_call.principal
        if principal.session_id is not None:
            await sessions.sign_out(platform_call.db, principal, principal.session_id, now=platform_call.now)

    @post(
        "/company",
        status_code=200,
        guards=[signed_in],
        summary="Work in another company",
        opt=example(body=Enter(_COMPANY)),
    )
    async def company(self, visit: Visit, data: Enter) -> SignedIn:
        """A token names one company; this gives another token for another one. Fresh codes don't come along."""
        return await sessions.enter_company(
            visit.wiring, present(visit), data.company_id, address=visit.address, now=visit.now
        )

    @post(
        "/step-up",
        status_code=200,
        guards=[signed_in],
        summary="Confirm with a fresh code",
        opt=GUESSABLE | example(body=StepUpWanted(StepUp.APPROVE, "123456")),
    )
    async def step_up(self, visit: Visit, data: StepUpWanted) -> SteppedUp:
        """Open one class of action (`approve`, `send`, `keys`, `roles`, `records`), five minutes, this session only."""
        until = await sessions.step_up(
            visit.wiring, present(visit), data.action, data.code, address=visit.address, now=visit.now
        )
        return SteppedUp(data.action, until)

    @post("/totp", status_code=201, guards=[signed_in], summary="Begin to enrol a second factor")
    async def totp(self, visit: Visit) -> factors.Enrolment:
        """A secret for the authenticator app, also as address and QR code; counts once its first code is confirmed."""
        return await factors.offer(visit.wiring, present(visit), now=visit.now)

    @post(
        "/totp/confirm",
        status_code=200,
        guards=[signed_in],
        summary="Confirm the second factor",
        opt=GUESSABLE | example(body=Code("123456")),
    )
    async def confirm_totp(self, visit: Visit, data: Code) -> BackupCodes:
        """Put the secret into use and get ten backup codes. Every other session of the person ends."""
        codes = await factors.confirm(visit.wiring, present(visit), data.code, address=visit.address, now=visit.now)
        return BackupCodes(codes)

    @post("/backup-codes", status_code=201, guards=[fresh_code(StepUp.KEYS)], summary="Get new backup codes")
    async def backup_codes(self, platform_call: PlatformCall) -> BackupCodes:
        """Ten new codes; the old ones are worth nothing. Needs a fresh code for `keys`."""
        codes = await factors.renew_backup_codes(platform_call.db, platform_call.principal, now=platform_call.now)
        return BackupCodes(codes)

    @post(
        "/password",
        status_code=204,
        guards=[fresh_code(StepUp.KEYS)],
        summary="Change the password",
        opt=GUESSABLE | example(body=PasswordChange(_WORDS, "four other unrelated words")),
    )
    async def password(
        self,
        visit: Visit,
        data: PasswordChange,
    ) -> None:
        """Every other session of the person ends. Needs a fresh code for `keys`."""
        await factors.change_password(
            visit.wiring, present(visit), data.old_password, data.new_password, address=visit.address, now=visit.now
        )

    @post(
        "/invitations/accept",
        status_code=201,
        summary="Accept an invitation",
        opt=GUESSABLE | example(body=_ACCEPTANCE),
    )
    async def accept_invitation(
        self,
        visit: Visit,
        data: members.Acceptance,
    ) -> members.Joined:
        """Join a company, with a new account or the one that is there. Sign in afterwards."""
        return await members.accept(visit.wiring, data, address=visit.address, now=visit.now)

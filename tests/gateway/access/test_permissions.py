"""The permission table, walked: every role against every permission, and what keys and suspension leave of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.access.errors import EnrolmentRequired, StepUpRequired
from gateway.access.guards import check
from gateway.access.permissions import KEY_SCOPES, PERMISSIONS, PLATFORM, READS, Permission, Role, StepUp
from gateway.access.principal import Principal, PrincipalKind
from gateway.http.problems import Forbidden

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOMEBODY, COMPANY = UUID(int=1), UUID(int=2)
P, R = Permission, Role

# Written out a second time on purpose: who changes the table must say so here as well.
ADMIN_ONLY = {
    P.SERIES_WRITE,
    P.COMPANY_WRITE,
    P.KEYS_WRITE,
    P.MEMBERS_WRITE,
    P.API_KEYS_WRITE,
    P.WEBHOOKS_WRITE,
    P.PROVIDERS_WRITE,
    P.JOBS_REPLAY,
    P.LEDGER_CLOSE,
    P.RECORDS_HOLD,
    P.RECORDS_ERASE,
    P.BILLS_POLICY,
    P.MAILBOXES_WRITE,
}
EXPECTED = {
    R.COMPANY_ADMIN: set(Permission) - {P.PLATFORM_READ, P.PLATFORM_COMPANIES},
    R.FINANCE_USER: {
        P.DOCUMENTS_VALIDATE,
        P.DOCUMENTS_READ,
        P.DOCUMENTS_DRAFT,
        P.DOCUMENTS_FINALIZE,
        P.DOCUMENTS_APPROVE,
        P.DOCUMENTS_SEND,
        P.SERIES_READ,
        P.INBOX_READ,
        P.INBOX_ACKNOWLEDGE,
        P.INBOX_RESPOND,
        P.LEDGER_READ,
        P.LEDGER_VERIFY,
        P.COMPANY_READ,
        P.PROVIDERS_READ,
        P.PROVIDERS_CHECK,
        P.OUTAGES_READ,
        P.OUTAGES_WRITE,
        P.BILLS_READ,
        P.BILLS_UPLOAD,
        P.BILLS_REVIEW,
        P.BILLS_APPROVE,
        P.BILLS_PAY,
        P.MAILBOXES_READ,
        P.SUPPLIERS_READ,
        P.SUPPLIERS_WRITE,
        P.SUPPLIERS_RELEASE,
        P.PURCHASING_READ,
        P.PURCHASING_WRITE,
    },
    R.AUDITOR: {
        P.DOCUMENTS_VALIDATE,
        P.DOCUMENTS_READ,
        P.SERIES_READ,
        P.INBOX_READ,
        P.LEDGER_READ,
        P.LEDGER_VERIFY,
        P.LEDGER_EXPORT,
        P.RECORDS_READ,
        P.COMPANY_READ,
        P.KEYS_READ,
        P.MEMBERS_READ,
        P.API_KEYS_READ,
        P.WEBHOOKS_READ,
        P.PROVIDERS_READ,
        P.JOBS_READ,
        P.OUTAGES_READ,
        P.BILLS_READ,
        P.MAILBOXES_READ,
        P.SUPPLIERS_READ,
        P.PURCHASING_READ,
    },
}
EXPECTED[R.SUPER_ADMIN] = EXPECTED[R.AUDITOR] | {P.PLATFORM_READ, P.PLATFORM_COMPANIES}


def person(role: Role | None, *, company: UUID | None = COMPANY, second_factor: bool = True, **step_ups: datetime):
    scopes = PERMISSIONS[role] if role else frozenset()
    return Principal(
        kind=PrincipalKind.USER,
        user_id=SOMEBODY,
        session_id=UUID(int=3),
        company_id=company,
        role=role,
        scopes=scopes,
        second_factor=second_factor,
        step_ups={StepUp(name): until for name, until in step_ups.items()},
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_table(role, permission):
    principal = person(role)
    assert principal.may(permission) is (permission in EXPECTED[role])
    if permission in EXPECTED[role]:
        check(principal, permission, step_up=None, now=NOW)
    else:
        with pytest.raises(Forbidden, match=permission.value):
            check(principal, permission, step_up=None, now=NOW)


def test_the_platforms_people_change_nothing_in_a_company():
    assert PERMISSIONS[R.SUPER_ADMIN] - PLATFORM <= READS


@pytest.mark.parametrize("forbidden", sorted({*ADMIN_ONLY, P.DOCUMENTS_APPROVE, *PLATFORM}))
def test_a_key_never_approves_nor_touches_keys_members_settings(forbidden):
    assert forbidden not in KEY_SCOPES


def test_without_a_second_factor_nothing_is_open():
    for role in Role:
        for permission in PERMISSIONS[role]:
            with pytest.raises(EnrolmentRequired):
                check(person(role, second_factor=False), permission, step_up=None, now=NOW)


def test_somebody_who_belongs_nowhere_may_nothing():
    for permission in Permission:
        with pytest.raises(Forbidden):
            check(person(None), permission, step_up=None, now=NOW)


def test_outside_a_company_only_the_platform_is_open():
    for permission in PERMISSIONS[R.SUPER_ADMIN]:
        if permission in PLATFORM:
            check(person(R.SUPER_ADMIN, company=None), permission, step_up=None, now=NOW)
        else:
            with pytest.raises(Forbidden, match="names no company"):
                check(person(R.SUPER_ADMIN, company=None), permission, step_up=None, now=NOW)


@pytest.mark.parametrize("opened", StepUp)
@pytest.mark.parametrize("asked", StepUp)
def test_a_code_opens_its_own_class_of_action_until_its_end(opened, asked):
    principal = person(R.COMPANY_ADMIN, **{opened.value: NOW + timedelta(minutes=5)})
    assert principal.opened(asked, now=NOW) is (opened is asked)
    assert not principal.opened(asked, now=NOW + timedelta(minutes=5))
    if opened is not asked:
        with pytest.raises(StepUpRequired) as refused:
            check(principal, P.DOCUMENTS_READ, step_up=asked, now=NOW)
        assert refused.value.facts == {"action": asked.value}


def test_actor_names_person_or_key():
    key = Principal(kind=PrincipalKind.API_KEY, user_id=SOMEBODY, key_id=UUID(int=9))
    assert person(R.AUDITOR).actor == f"user:{SOMEBODY}"
    assert key.actor == f"api_key:{UUID(int=9)}"
    assert key.opened(StepUp.SEND, now=NOW), "a machine has no code; its scopes decide"

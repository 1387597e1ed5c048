"""No password, code, token or key reaches a log line, an answer it doesn't belong into, or an exception's text."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.access import queries
from gateway.observability import logs
from tests.gateway.house import PASSWORD, Person, ok


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, as in production."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    logs.configure("debug", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


async def test_a_day_of_somebody_leaves_no_secret_in_the_log(house, written):
    company = await house.company()
    admin = await company.admin()
    machine = await company.key("documents:read")
    ok(await machine.get("/v1/me"))
    tokens = [admin.token, admin.refresh_token, machine.token, admin.secret, PASSWORD, *admin.backup_codes]
    ok(await admin.post("/v1/auth/refresh", {"refresh_token": admin.refresh_token}))
    await admin.post("/v1/auth/refresh", {"refresh_token": admin.refresh_token})
    await admin.post("/v1/auth/sign-in", {"email": admin.email, "password": PASSWORD, "code": 123456})
    await house.client.post("/v1/auth/sign-in", content=b'{"email": "' + PASSWORD.encode())
    text = written.getvalue()
    assert text.count('"event":"request"') > 10
    for secret in tokens:
        assert secret not in text


@pytest.mark.parametrize("function", ["attempt", "open_session", "attempt_succeeded"])
async def test_a_failure_in_the_middle_tells_no_secret(house, written, monkeypatch, function):
    company = await house.company()
    clerk = await company.person("AUDITOR")
    code = clerk.code()

    async def fail(*_, **__):
        raise RuntimeError("the unexpected")

    monkeypatch.setattr(queries, function, fail)
    answer = await clerk.sign_in(code=code)
    assert answer.status_code == 500
    told = written.getvalue() + answer.text
    assert "the unexpected" in written.getvalue()
    assert "the unexpected" not in answer.text
    for secret in (PASSWORD, code, clerk.secret, clerk.token):
        assert secret not in told


async def test_what_is_refused_isnt_repeated(house):
    sent = {"email": "a@b.ae", "password": PASSWORD, "code": "123456", "surplus": "x"}
    answers = [
        await house.client.post("/v1/auth/sign-in", json=sent),
        await house.client.post("/v1/auth/sign-in", json={**sent, "password": 1}),
        await house.client.post("/v1/auth/refresh", json={"refresh_token": "ilr_" + "s" * 43}),
        await house.client.post("/v1/auth/invitations/accept", json={"token": "ili_" + "s" * 43, "password": PASSWORD}),
        await Person(house, "", token="ilt_" + "s" * 43).get("/v1/me"),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 401, 404, 401]
    for answer in answers:
        assert PASSWORD not in answer.text
        assert "sssss" not in answer.text

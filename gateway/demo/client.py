"""Somebody who makes requests, as any client would: a machine with a key, or a person with password and codes."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

import httpx
import pyotp

from gateway.access.totp import PERIOD, WINDOW
from gateway.demo.telling import StoryBroken

_PATIENT = 10
"""How often a request that came too fast is sent again."""
_STAYS_OPEN = 240.0
"""Seconds that a confirmed class is counted on, a minute fewer than the gateway grants: there is a code each 30."""

Files = list[tuple[str, tuple[str, bytes, str]]]
"""Of a form: the field, and the file's name, bytes and media type."""


class Client:
    """A caller with a bearer token; for the ERP it is an API key."""

    def __init__(self, http: httpx.AsyncClient, name: str, token: str = "") -> None:
        """`name`: as the story calls it."""
        self.http, self.name, self.token = http, name, token

    async def call(
        self, method: str, path: str, body: object = None, *, files: Files | None = None, **headers: str
    ) -> httpx.Response:
        """One request; one that came too fast waits as it is told, and is sent again."""
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        for _ in range(_PATIENT):
            answer = await self.http.request(method, path, json=body, files=files, headers=given)
            if answer.status_code != 429:
                return answer
            await asyncio.sleep(int(answer.headers.get("Retry-After", "1")))
        raise StoryBroken(f"{self.name}: {method} {path} is still too fast after {_PATIENT} tries.")

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        status: int = 200,
        files: Files | None = None,
        **headers: str,
    ) -> Any:
        """The answer's JSON; raises StoryBroken where the answer isn't the expected one."""
        answer = await self.call(method, path, body, files=files, **headers)
        if answer.status_code != status:
            raise StoryBroken(
                f"{self.name}: {method} {path} answered {answer.status_code}, not {status}: {answer.text}"
            )
        return answer.json() if answer.content else None

    async def read(self, path: str) -> bytes:
        """The answer's bytes."""
        answer = await self.call("GET", path)
        if answer.status_code != 200:
            raise StoryBroken(f"{self.name}: GET {path} answered {answer.status_code}: {answer.text}")
        return answer.content


class Person(Client):
    """A person with an account of their own, made for this telling: a code counts once, so each run has new people."""

    def __init__(self, http: httpx.AsyncClient, name: str, email: str) -> None:
        """The password is random and shown at the end."""
        super().__init__(http, name)
        self.email, self.password = email, secrets.token_urlsafe(15)
        self.secret = ""
        self._step = 0
        self._open_until: dict[str, float] = {}

    async def join(self, invitation: str) -> None:
        """Accept an invitation, sign in, enrol a second factor; afterwards this session has shown it."""
        answer = {"token": invitation, "name": self.name, "password": self.password}
        await self.ask("POST", "/v1/auth/invitations/accept", answer, status=201)
        credentials = {"email": self.email, "password": self.password}
        self.token = (await self.ask("POST", "/v1/auth/sign-in", credentials))["token"]
        self.secret = (await self.ask("POST", "/v1/auth/totp", status=201))["secret"]
        await self.ask("POST", "/v1/auth/totp/confirm", {"code": await self.code()})

    async def confirm(self, action: str) -> None:
        """Open a class of action for five minutes with a fresh code; one that stands open needs none."""
        now = time.monotonic()
        if now >= self._open_until.get(action, 0):
            await self.ask("POST", "/v1/auth/step-up", {"action": action, "code": await self.code()})
            self._open_until[action] = now + _STAYS_OPEN

    async def code(self) -> str:
        """The next code that wasn't used; three are good at any moment, so that clocks may differ."""
        while True:
            present = int(time.time()) // PERIOD
            step = max(self._step + 1, present - WINDOW)
            if step <= present + WINDOW:
                self._step = step
                return pyotp.TOTP(self.secret).generate_otp(step)
            await asyncio.sleep(1)

"""An ERP is told by webhook instead of asking again and again, and believes only what is signed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import httpx

from gateway.demo.story.answering import respond, said
from gateway.demo.story.stage import Stage, until
from gateway.demo.telling import StoryBroken

_DESCRIPTION = "The story's ERP"
_KIND = "invoice.buyer_paid"


class Listener:
    """The smallest server that takes webhooks as Standard Webhooks ask: 204 where the signature holds, else 401."""

    def __init__(self) -> None:
        """It believes nothing before it is told a secret."""
        self.secret = b""
        self.heard: list[dict[str, Any]] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            holds = self._holds(headers, body)
            if holds:
                self.heard.append(json.loads(body))
            word = "204 No Content" if holds else "401 Unauthorized"
            writer.write(f"HTTP/1.1 {word}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever called has hung up, and will call again
        finally:
            writer.close()

    def _holds(self, headers: dict[str, str], body: bytes) -> bool:
        """HMAC-SHA256 over id, time and the bytes as they came."""
        signed = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + body
        expected = base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()
        given = headers.get("webhook-signature", "").split()
        return bool(self.secret) and any(hmac.compare_digest(f"v1,{expected}".encode(), one.encode()) for one in given)


async def listen(stage: Stage) -> None:
    """B pays and says so; A's ERP hears it at once. A forger with the same words isn't believed."""
    stage.tell.step("A's ERP listens: a signed webhook tells that B has paid")
    listener = Listener()
    server = await asyncio.start_server(listener.take, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/involinks"
    try:
        await _listen(stage, listener, url)
    finally:
        server.close()
        await server.wait_closed()


async def _listen(stage: Stage, listener: Listener, url: str) -> None:
    person = stage.administrator
    await person.confirm("keys")
    for left in await person.ask("GET", "/v1/webhooks"):  # of a telling that broke off
        if left["description"] == _DESCRIPTION:
            await person.ask("DELETE", f"/v1/webhooks/{left['id']}", status=204)
    wanted = {"url": url, "kinds": [_KIND], "description": _DESCRIPTION}
    made = await person.ask("POST", "/v1/webhooks", wanted, status=201)
    listener.secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    stage.tell.fact(f"A's ERP listens at {url} for {_KIND}; its secret is shown once")
    await respond(stage, {"code": "PD"})

    async def heard() -> dict[str, Any] | None:
        return listener.heard[0] if listener.heard else None

    message = await until(heard, "the webhook comes")
    shown = await said(stage, "buyer_paid")
    if message["type"] != _KIND or message["data"]["id"] != shown["id"]:
        raise StoryBroken(f"the webhook tells something else: {message}")
    stage.tell.fact(f"signed, and the signature holds: {message['type']}: {message['data']['headline']}")
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        forged = await http.post(url, json=message, headers={"webhook-id": "x", "webhook-signature": "v1,AAAA"})
    if forged.status_code != 401:
        raise StoryBroken(f"A forged webhook was answered {forged.status_code}.")
    stage.tell.refusal("the same words from somebody without the secret: 401")
    await person.ask("DELETE", f"/v1/webhooks/{made['endpoint']['id']}", status=204)

"""How the network answers, also where an ordered fault spoils the answer."""

from __future__ import annotations

import asyncio

import msgspec
from litestar import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.sandbox.faults import Fault, Order
from peppol.providers.sandbox_wire import Reason, Refused

JSON = "application/json"


def say(status: int, body: msgspec.Struct) -> Response[bytes]:
    """A clear answer."""
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON)


def refuse(status: int, reason: Reason, detail: str, pause: int | None = None) -> Response[bytes]:
    """The network's own word that it didn't take a message; `pause`: Retry-After in seconds."""
    headers = {"retry-after": str(pause)} if pause is not None else {}
    return Response(msgspec.json.encode(Refused(reason, detail)), status_code=status, media_type=JSON, headers=headers)


def fail(order: Order) -> Response[bytes] | ASGIApp:
    """Answer without having taken the message."""
    match order.fault:
        case Fault.RATE_LIMITED:
            return refuse(429, Reason.BUSY, "Too many messages", order.seconds)
        case Fault.BROKEN:
            return Response(b"oops", status_code=500, media_type="text/plain")
        case Fault.BAD_GATEWAY:
            return Response(b"<html>Bad Gateway</html>", status_code=502, media_type="text/html")
        case Fault.ERROR_INSIDE:
            return Response(b'{"error": "Something went wrong"}', status_code=200, media_type=JSON)
        case Fault.UNAUTHORISED:
            return refuse(401, Reason.UNAUTHORISED, "The token doesn't hold")
        case Fault.REFUSED:
            return refuse(422, Reason.REFUSED, "The document is refused (ordered)")
        case Fault.GARBAGE:
            return Response(b"<html>Welcome</html>", status_code=200, media_type="text/html")
        case Fault.QUOTA:
            return Response(b"The account's quota is used up", status_code=402, media_type="text/plain")
        case Fault.NOT_REGISTERED:
            return refuse(409, Reason.NOT_REGISTERED, "The receiver takes no such document on this network (ordered)")
        case Fault.RESET | Fault.DROPPED:
            return _broken_off
        case _:
            return refuse(503, Reason.BUSY, "Come back later")


async def lose(order: Order, accepted: msgspec.Struct, status: int = 202) -> Response[bytes] | ASGIApp:
    """The message is taken; spoil the answer."""
    match order.fault:
        case Fault.RESET_AFTER_TAKING:
            return _broken_off
        case Fault.GARBAGE_AFTER_TAKING:
            return Response(b"<html>Thank you</html>", status_code=status, media_type="text/html")
        case Fault.HUGE_AFTER_TAKING:
            return Response(msgspec.json.encode(accepted).ljust(8 * 1024 * 1024), status_code=status, media_type=JSON)
        case _:
            await asyncio.sleep(order.seconds)
            return say(status, accepted)


async def _broken_off(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - an ASGI application
    """Promise a hundred bytes, send six, and end: the server has to break the connection off."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ref', "more_body": False})

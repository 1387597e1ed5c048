"""The two servers that `bench_http` compares, each run as `involinks serve` runs: the gateway, and a bare endpoint.

python -m benchmarks.http_apps gateway|bare PORT
"""

from __future__ import annotations

import os
import sys

import msgspec
from litestar import Litestar, post

import ubl
from gateway.app import Application, create_app
from gateway.http import edge, limits
from gateway.observability import logs
from gateway.ratelimit import Rate
from gateway.settings import Settings


class Answer(msgspec.Struct):
    """About as little as an endpoint can say."""

    number: str | None


@post("/v1/invoices")
async def decode_only(data: ubl.Invoice) -> Answer:
    """The body into the same Struct, by the framework's own decoder; nothing else."""
    return Answer(data.number)


def bare() -> Litestar:
    """One endpoint, no middleware, no database."""
    return Litestar([decode_only], openapi_config=None)


def gateway() -> Application:
    """The whole gateway; limits are counted like everywhere, but so wide that a benchmark never meets one."""
    wide = Rate(a_minute=10_000_000, burst=1_000_000)
    edge.ADDRESS = limits.CALLER = limits.OPERATION = wide
    logs.configure("info")
    return create_app(Settings.from_environ(os.environ))


def main() -> None:
    """Serve until killed."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        f"benchmarks.http_apps:{sys.argv[1]}",
        factory=True,
        interface=Interfaces.ASGI,
        port=int(sys.argv[2]),
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main()

"""The story, step by step: from an ERP's POST to the buyer's ledger, then a supplier's bill from paper to payment, with
everything that must be refused on the way.

The ERP and the people speak HTTP with the gateway's process; only what an operator does once (companies, invitations,
the network's register) is done beside it. A step that goes another way than it must raises `StoryBroken`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable

import httpx

from gateway import operations
from gateway.demo import processes
from gateway.demo.processes import Running
from gateway.demo.story.answering import answer
from gateway.demo.story.billing import bill
from gateway.demo.story.evidencing import evidence
from gateway.demo.story.issuing import approve, finalize, post_examples, refuse_broken, refuse_self_approval
from gateway.demo.story.listening import listen
from gateway.demo.story.losing import lose_answer
from gateway.demo.story.opening import people, start
from gateway.demo.story.proving import tamper, verify
from gateway.demo.story.stage import Stage
from gateway.demo.story.travelling import receive, send
from gateway.demo.telling import StoryBroken, Teller
from gateway.settings import Settings, SettingsError, with_development_secrets
from gateway.wiring import open_wiring

STEPS: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    post_examples,
    refuse_broken,
    finalize,
    refuse_self_approval,
    approve,
    send,
    receive,
    lose_answer,
    answer,
    listen,
    evidence,
    bill,
    verify,
    tamper,
)
"""The steps after the installation stands, in their order."""


def run(settings: Settings, *, once: bool) -> int:
    """Tell the story; afterwards keep serving unless `once`. Returns the exit code: 0, or 1 where a step went wrong."""
    if settings.provider != "sandbox":
        raise SettingsError(["INVOLINKS_PROVIDER must be sandbox for the demo: it sends to companies made up here."])
    tell = Teller()
    try:
        asyncio.run(_run(with_development_secrets(processes.settled(settings)), tell, once=once))
    except (StoryBroken, httpx.HTTPError) as error:
        tell.failure(str(error) or type(error).__name__)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        tell.failure("it was interrupted.")
        return 1
    return 0


async def _run(settings: Settings, tell: Teller, *, once: bool) -> None:
    folder = settings.home / "demo"
    began = time.monotonic()
    telling = asyncio.current_task()
    if telling is not None:
        # Told to end in the middle, it ends its processes first.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, telling.cancel)
    tell.title("InvoLinks: one invoice, from an ERP's POST to the buyer's ledger")
    if not settings.embedded:
        await operations.migrate(settings)
    async with contextlib.AsyncExitStack() as stack:
        children = stack.enter_context(processes.running(settings, folder))
        for word in ("sandbox", "serve", "worker"):
            children.start(word)
        wiring = await stack.enter_async_context(open_wiring(settings))
        # They end before the database does: whoever leaves last stops it.
        stack.push_async_callback(asyncio.to_thread, children.stop)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=settings.public_url, trust_env=False, timeout=60)
        )
        tell.step("Start an installation")
        await start(tell, wiring, children)
        stage = await people(tell, wiring, children, http, folder)
        for step in STEPS:
            await step(stage)
        tell.title(f"Everything went as it must, in {time.monotonic() - began:.0f} seconds.")
        if not once:
            _where_to_look(stage)
            await _serve(children)


def _where_to_look(stage: Stage) -> None:
    settings, tell = stage.wiring.settings, stage.tell
    tell.title("Where to look next")
    tell.table(
        [
            ("the pages", f"{settings.public_url}/"),
            ("the API and its examples", f"{settings.public_url}/docs"),
            ("the ledgers", f"INVOLINKS_HOME={settings.home} .venv/bin/python -m gateway verify"),
            ("what the processes write", str(stage.folder)),
        ]
    )
    tell.title("API keys, for requests with curl")
    tell.table((client.name, client.token) for client in (stage.erp, stage.buyers_erp))
    tell.line(f'curl -H "Authorization: Bearer {stage.erp.token}" {settings.public_url}/v1/invoices')
    tell.title("People to sign in as (their codes: any authenticator app with the secret, or oathtool)")
    tell.table((person.email, f"password {person.password}", f"secret {person.secret}") for person in stage.people)
    tell.title("Serving. Ctrl-C ends it; `make run` tells the story again over the same data.")


async def _serve(children: Running) -> None:
    """Until a signal, or until a process ends."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    while not ended.is_set():
        if (word := children.dead()) is not None:
            raise StoryBroken(f"`{word}` has ended; see {children.log(word)}.")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1)

"""The command line `involinks`: one word per task, settings from the environment.

Exit codes: 0 done, 1 refused or failed (the reason is on standard error), 2 wrong usage. Every command imports what it
needs when it runs, so that `--help` is quick and a broken part breaks only itself.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit
from uuid import UUID

from gateway.settings import Settings, SettingsError, with_development_secrets

Command = Callable[[argparse.Namespace, Settings], int]


class UsageError(Exception):
    """The words given don't go together, or one is missing."""


def serve(_: argparse.Namespace, settings: Settings) -> int:
    """Serve HTTP until SIGTERM or SIGINT; requests that run are finished."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    _refuse_taken(settings.host, settings.port)
    asyncio.run(_refuse_wrong_provider(settings))
    server = Granian(
        "gateway.app:from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=settings.processes,
        http=HTTPModes.auto,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        websockets=False,
        log_access=False,
        ssl_cert=settings.tls_certificate if settings.tls == "direct" else None,
        ssl_key=settings.tls_key if settings.tls == "direct" else None,
        workers_kill_timeout=30,
        respawn_failed_workers=True,
    )
    server.on_startup(_announce_the_end)
    server.serve()
    return 0


def _announce_the_end() -> None:
    """Have the server's processes told before they wait for their requests: a stream would never end by itself."""
    from gateway.bills.live import END_STREAMS

    ends = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def announced(number: int, frame: FrameType | None) -> None:
        for child in multiprocessing.active_children():
            if child.pid is not None:
                os.kill(child.pid, END_STREAMS)
        end = ends[signal.Signals(number)]
        if callable(end):
            end(number, frame)

    for number in ends:
        signal.signal(number, announced)


async def _refuse_wrong_provider(settings: Settings) -> None:
    """Said here in one message; out of a server process it would come at the end of its traceback."""
    from gateway.wiring import open_provider

    await open_provider(with_development_secrets(settings)).close()


def _refuse_taken(host: str, port: int) -> None:
    """The server's own processes share its port, and a second `serve` would join them unnoticed: it is refused."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as error:
            raise SettingsError(
                [f"{host}:{port} can't be served ({error.strerror}): end what serves there, or set INVOLINKS_PORT."]
            ) from None


def work(_: argparse.Namespace, settings: Settings) -> int:
    """Run background jobs until SIGTERM or SIGINT; start more workers for more work."""
    from gateway import worker

    asyncio.run(worker.work(settings))
    return 0


def sandbox(_: argparse.Namespace, settings: Settings) -> int:
    """Serve the sandbox network where INVOLINKS_PROVIDER_URL points."""
    from gateway.sandbox.server import serve as serve_network

    if settings.mode == "live":
        raise SettingsError(["the sandbox network is no part of a live installation."])
    settings = with_development_secrets(settings)
    address = urlsplit(settings.provider_url)
    token = settings.provider_token.reveal() if settings.provider_token else ""
    folder = settings.home / "network"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    serve_network(address=address.hostname or "127.0.0.1", port=address.port or 80, folder=folder, token=token)
    return 0


def witness(given: argparse.Namespace, settings: Settings) -> int:
    """Serve as a witness of others' ledgers, from a folder of its own; it needs no gateway and no database."""
    from gateway.observability import logs
    from gateway.witness.server import serve as serve_witness

    logs.configure(settings.log_level)
    _refuse_taken(given.host, given.port)
    serve_witness(given.folder, given.name, host=given.host, port=given.port, learn=given.learn, say=say)
    return 0


def demo(given: argparse.Namespace, settings: Settings) -> int:
    """Start everything with two demo companies and tell the whole story."""
    from gateway.demo import run

    if settings.mode == "live":
        raise SettingsError(["the demo makes companies and people; it never runs in live mode."])
    return run(settings, once=given.once)


def migrate(_: argparse.Namespace, settings: Settings) -> int:
    """Bring the database to the newest revision."""
    from gateway import operations

    say(f"the database is at revision {asyncio.run(operations.migrate(settings))}")
    return 0


def check(_: argparse.Namespace, settings: Settings) -> int:
    """Check settings, database and storage, as a server or worker would find them; for health checks."""
    from gateway import operations

    asyncio.run(operations.check(settings))
    say("all is well")
    return 0


def verify(given: argparse.Namespace, settings: Settings) -> int:
    """Verify ledgers: of every company, of one, or in a file; 1: one fails, 2: not all was looked at."""
    import msgspec

    from gateway.audit import command, processes
    from gateway.audit.flow import Ask
    from gateway.audit.known import known_by
    from gateway.audit.models import Since
    from gateway.http.problems import NotFound
    from gateway.operations import companies
    from gateway.wiring import open_wiring
    from gateway.witnessing import vouched
    from ledger import store
    from ledger.errors import LedgerMissing
    from ledger.report import Level
    from ledger.verify import Statement

    level = Level[given.level.upper()]
    if given.since is not None and len(given.company) != 1:
        raise UsageError("verify --since begins behind a checkpoint of one company; name it with one --company ID")
    if given.root is not None and given.since is None:
        raise UsageError("verify --root is the root of some size; give it with --since SIZE")
    if given.copy is not None and given.since is not None:
        raise UsageError("verify --copy looks at all of a file; leave --since away")
    if given.save is not None and given.copy is not None:
        raise UsageError("verify takes --save or --copy, not both")
    if given.witness_note and given.copy is None and len(given.company) != 1:
        raise UsageError("verify --witness-note is about one ledger; name it with one --company ID or --copy FILE")
    if given.witness_note and level < Level.CHECKPOINTS:
        raise UsageError("verify --witness-note needs --level checkpoints or witnessed")
    notes = [file.read_bytes() for file in given.witness_note]

    def brought(origin: str) -> list[Statement]:
        return [vouched.brought(note, origin=origin, witnesses=settings.witnesses) for note in notes]

    if given.save is not None and len(given.company) != 1:
        raise UsageError("verify --save carries one ledger away; name its company with one --company ID")

    async def run() -> int:
        if given.copy is not None:
            return await command.verify_file(given.copy, level=level, deep=given.deep, brought=brought, out=sys.stdout)
        async with open_wiring(settings) as wiring:
            known = await companies(wiring.database)
            unknown = [str(company_id) for company_id in given.company if company_id not in known]
            if unknown:
                raise NotFound(f"there is no approved company {', '.join(unknown)}; verify without --company lists all")
            if given.save is not None:
                return await command.save(
                    wiring.database, given.company[0], given.save, keys=wiring.keys, out=sys.stdout
                )
            chosen = given.company or list(known)
            ask = Ask(level=level, deep=given.deep, processes=given.processes or processes.usable())
            if given.since is not None:
                since = Since(size=given.since, root=given.root)
                async with wiring.database.company(chosen[0]) as db:
                    ask = msgspec.structs.replace(ask, since=await known_by(db, chosen[0], since, wiring.keys))

            async def statements(company_id: UUID) -> list[Statement]:
                try:
                    async with wiring.database.company(company_id) as db:
                        told = brought((await store.head(db, company_id)).origin)
                    return [*told, *(await vouched.statements(wiring, company_id) if level >= Level.WITNESSED else [])]
                except LedgerMissing:
                    return []  # the report says so

            return await command.verify_databases(
                wiring.database,
                chosen,
                names=known,
                ask=ask,
                keys=wiring.keys,
                statements=statements,
                out=sys.stdout,
            )

    return asyncio.run(run())


def replay(given: argparse.Namespace, settings: Settings) -> int:
    """Make one sealed document again from the ledger; 1: it differs, 2: it couldn't be compared."""
    from gateway.operations import companies
    from gateway.replay import command
    from gateway.wiring import open_wiring

    async def run() -> int:
        async with open_wiring(settings) as wiring:
            known = await companies(wiring.database)
            chosen = given.company or (next(iter(known)) if len(known) == 1 else None)
            if chosen not in known:
                which = ", ".join(f"{company_id} ({name})" for company_id, name in known.items()) or "none"
                raise UsageError(f"replay needs one --company of those there are: {which}")
            return await command.replay_entry(wiring, chosen, given.seq, out=sys.stdout)

    return asyncio.run(run())


def backup(given: argparse.Namespace, settings: Settings) -> int:
    """Write database, objects and the list of keys to a new folder, or to one .tar file."""
    from gateway import operations

    made = asyncio.run(operations.make_backup(settings, given.target, now=datetime.now(UTC)))
    say(f"backed up {len(made.heads)} ledgers, {len(made.keys)} keys, {made.objects} objects to {given.target}")
    say(f"keep apart from it the key-encryption keys {', '.join(sorted(made.needed_keks()))}")
    return 0


def restore(given: argparse.Namespace, settings: Settings) -> int:
    """Bring a backup into an empty installation and prove that every ledger ends where it was backed up."""
    from gateway import operations

    brought = asyncio.run(operations.restore(settings, given.source))
    for head in brought.heads:
        say(f"ledger of {head.company_id}: {head.count} entries, head {head.hash[:16]}... as backed up")
    say(f"restored {len(brought.heads)} ledgers and {brought.objects} objects as of {brought.made_at.isoformat()}")
    return 0


def create_admin(given: argparse.Namespace, settings: Settings) -> int:
    """Make a super administrator; the password is asked for, or read from standard input."""
    from gateway import operations

    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    user = asyncio.run(
        operations.create_admin(settings, email=given.email, name=given.name, password=password, now=datetime.now(UTC))
    )
    say(f"made {given.email} ({user}); a second factor is enrolled at the first sign-in")
    return 0


def root_of_hex(written: str) -> str:
    """A tree's root as an argument. Raises `argparse.ArgumentTypeError`."""
    root = written.strip().lower()
    if len(root) != 64 or not all(digit in "0123456789abcdef" for digit in root):
        raise argparse.ArgumentTypeError("a root is written in 64 hexadecimal digits")
    return root


def make_kek(given: argparse.Namespace, _: Settings) -> int:
    """Print a new key-encryption key. A secret: put it where secrets are kept."""
    from certs import Kek

    say(Kek.make(development=given.development).text())
    return 0


def reseal(_: argparse.Namespace, settings: Settings) -> int:
    """Seal every secret in the database under the present key-encryption key, after a change of it."""
    from gateway import operations

    done = asyncio.run(operations.reseal(settings))
    say(
        f"sealed anew {done.keys} private keys, {done.contents} content keys, {done.factors} second factors, "
        f"{done.webhooks} secrets of webhooks, {done.accounts} provider accounts, {done.mailboxes} mailboxes"
    )
    say("the older key-encryption keys are needed no more, but by the backups made before")
    return 0


def explain(given: argparse.Namespace, _: Settings) -> int:
    """Explain one rule, of the law or of the gateway (GW-...), in English and Arabic."""
    from gateway.pages.findings import OWN
    from ubl.__main__ import main as ubl

    rule = given.rule.upper()
    if rule not in OWN:
        return ubl(["explain", given.rule])
    own = OWN[rule]
    say(f"{rule} (gateway)\n  {own.title.en}\n  Mend: {own.mend.en}\n  {own.title.ar}\n  التصحيح: {own.mend.ar}")
    return 0


def samples(given: argparse.Namespace, _: Settings) -> int:
    """Write made-up bills to a new folder, with what should be read of them; the same seed writes the same."""
    from ingestion.samples import folder

    written = folder.write(
        given.out, given.seed, given.count, looks=given.kinds.split(","), languages=given.languages.split(",")
    )
    say(f"wrote {written} bills with their truth to {given.out}; manifest.json lists them")
    return 0


def db_stop(_: argparse.Namespace, settings: Settings) -> int:
    """Stop an embedded database that killed processes left behind; the last one to use it stops it otherwise."""
    from gateway import operations

    say(
        "the embedded database is stopped" if operations.stop_database(settings) else "no embedded database was running"
    )
    return 0


def reset(given: argparse.Namespace, settings: Settings) -> int:
    """Remove the embedded database and all objects of this installation; test mode only."""
    from gateway import operations

    if not given.yes:
        raise UsageError(f"reset removes the database and all objects under {settings.home}; say --yes if you mean it")
    for path in operations.reset(settings):
        say(f"removed {path}")
    return 0


def bundle(given: argparse.Namespace, settings: Settings) -> int:
    """Write a company's ledger into one file that an auditor verifies without us; the export becomes an entry."""
    from datetime import UTC, datetime

    from gateway.bundles import command
    from gateway.bundles.flow import Wanted
    from gateway.wiring import open_wiring

    async def run() -> None:
        async with open_wiring(settings) as wiring:
            wanted = Wanted(given.first, given.last)
            await command.make(wiring, given.company, given.file, wanted, now=datetime.now(UTC), out=sys.stdout)

    asyncio.run(run())
    return 0


def say(line: str) -> None:
    """Write one line to standard output."""
    print(line, flush=True)


def parser() -> argparse.ArgumentParser:
    """The words and their arguments."""
    whole = argparse.ArgumentParser(prog="involinks", description="The InvoLinks e-invoicing gateway.")
    words = whole.add_subparsers(metavar="command", required=True)

    def word(name: str, run: Command) -> argparse.ArgumentParser:
        caption = (run.__doc__ or "").strip()
        made = words.add_parser(name, help=caption.splitlines()[0], description=caption)
        made.set_defaults(run=run)
        return made

    word("serve", serve)
    word("worker", work)
    word("sandbox", sandbox)
    witnessing = word("witness", witness)
    witnessing.add_argument("--folder", type=Path, required=True, help="where its key and memory are; made if need be")
    witnessing.add_argument("--name", required=True, help="what its key is called, such as witness.example/w1")
    witnessing.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    witnessing.add_argument("--port", type=int, default=8095, help="the port to listen on")
    witnessing.add_argument("--learn", default="", metavar="ORIGIN", help="learn ledgers that begin so, at first use")
    word("demo", demo).add_argument("--once", action="store_true", help="end after the story")
    word("migrate", migrate)
    word("check", check)
    bundling = word("bundle", bundle)
    bundling.add_argument("--company", type=UUID, required=True, help="whose ledger")
    bundling.add_argument("--first", type=int, default=0, metavar="SEQ", help="from this entry on")
    bundling.add_argument("--last", type=int, metavar="SEQ", help="up to this entry; without it to the end")
    bundling.add_argument("file", type=Path, help="a new file, usually .zip")
    verifying = word("verify", verify)
    verifying.add_argument("--company", type=UUID, action="append", default=[], help="only this one; may be repeated")
    levels = ("links", "contents", "seals", "checkpoints", "witnessed")
    verifying.add_argument(
        "--witness-note", type=Path, action="append", default=[], metavar="FILE",
        help="a checkpoint that was kept: the ledger must have grown out of it; may be repeated",
    )  # fmt: skip
    verifying.add_argument("--level", choices=levels, default="checkpoints", help="how far; each includes those before")
    verifying.add_argument("--deep", action="store_true", help="read the facts of documents from their XML too")
    verifying.add_argument("--since", type=int, metavar="SIZE", help="only what came after this many known entries")
    verifying.add_argument("--root", type=root_of_hex, metavar="HEX", help="their root, as you kept it")
    verifying.add_argument("--processes", type=int, default=0, help="how many check at once; as many as are worth it")
    verifying.add_argument("--copy", type=Path, metavar="FILE", help="a ledger in a file, instead of the database")
    verifying.add_argument("--save", type=Path, metavar="FILE", help="carry the company's ledger away instead")
    replaying = word("replay", replay)
    replaying.add_argument("--seq", type=int, required=True, help="the document's place in the ledger, from 0")
    replaying.add_argument("--company", type=UUID, help="whose ledger; may be left out where there is only one")
    word("backup", backup).add_argument("target", type=Path, help="a new folder, or a new file ending in .tar")
    word("restore", restore).add_argument("source", type=Path, help="what backup wrote")
    admin = word("create-admin", create_admin)
    admin.add_argument("--email", required=True)
    admin.add_argument("--name", default="")
    word("make-kek", make_kek).add_argument("--development", action="store_true", help="one that live mode refuses")
    word("reseal", reseal)
    word("explain", explain).add_argument("rule", metavar="RULE", help="its id, such as ibr-co-16 or GW-SERIES")
    _asked_of_samples(word("samples", samples))
    word("db-stop", db_stop)
    word("reset", reset).add_argument("--yes", action="store_true", help="really")
    return whole


def _asked_of_samples(making: argparse.ArgumentParser) -> None:
    making.add_argument("--count", type=int, default=12, help="how many bills")
    making.add_argument("--seed", type=int, default=1, help="the same seed gives the same bills")
    making.add_argument("--kinds", default="clean,scan,photo", help="how they come in, out of clean, scan, photo")
    making.add_argument("--languages", default="english", help="out of english, arabic, bilingual")
    making.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new or empty folder")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = parser().parse_args(arguments)
    try:
        command: Command = given.run
        return command(given, Settings.from_environ())
    except UsageError as error:
        print(f"involinks: {error}", file=sys.stderr)
        return 2
    except SettingsError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    except _expected() as error:
        print(f"involinks: {_told(error)}", file=sys.stderr)
    return 1


def _told(error: Exception) -> str:
    """A file's error as the file and what is wrong with it, without the system's numbers."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _expected() -> tuple[type[Exception], ...]:
    """What an operator can mend; anything else is a fault of ours and keeps its traceback."""
    from asyncpg.exceptions import PostgresError as DriverError
    from sqlalchemy.exc import DBAPIError

    from certs import CertsError
    from gateway.backup import BackupError
    from gateway.http.problems import GatewayError
    from gateway.postgres import PostgresError
    from gateway.storage import StorageError
    from gateway.witness.folder import WitnessRefuses
    from ingestion.errors import IngestionError
    from ledger.errors import LedgerError

    ours = (
        BackupError,
        CertsError,
        GatewayError,
        IngestionError,
        LedgerError,
        PostgresError,
        StorageError,
        WitnessRefuses,
    )
    return (*ours, DBAPIError, DriverError, OSError)


if __name__ == "__main__":
    sys.exit(main())

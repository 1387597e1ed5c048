"""The operator's day: migrate, make an administrator, back up, lose everything, restore, verify, clear away."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

import migrations
from certs import Kek
from gateway import operations
from gateway.__main__ import main
from gateway.audit.command import OK
from gateway.postgres import Server
from gateway.postgres.scram import verifier
from gateway.settings import Secret, Settings, SettingsError, with_development_secrets
from gateway.wiring import embedded_server, open_wiring
from ledger import store
from ledger.checkpoint import origin
from tests.conftest import opened, short_folder

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of its own, which the command line finds by the environment."""
    for name in list(os.environ):
        if name.startswith("INVOLINKS_"):
            monkeypatch.delenv(name)
    with short_folder() as folder:
        monkeypatch.setenv("INVOLINKS_HOME", str(folder))
        yield folder
        server = embedded_server(Settings(home=folder))
        server.stop()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_from_the_first_administrator_to_a_restored_installation(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, "migrate")
    assert (code, out) == (0, f"the database is at revision {migrations.newest()}\n")

    monkeypatch.setattr(sys, "stdin", io.StringIO("a long enough passphrase 7\n"))
    code, out, _ = run(capsys, "create-admin", "--email", "admin@acme.ae", "--name", "The Administrator")
    assert code == 0
    assert "made admin@acme.ae" in out
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long enough passphrase 7\n"))
    code, _, err = run(capsys, "create-admin", "--email", "admin@acme.ae")
    assert code == 1
    assert "admin@acme.ae already" in err

    target = home / "backup"
    code, out, _ = run(capsys, "backup", str(target))
    assert code == 0
    assert with_development_secrets(Settings(home=home)).key_ring().current.id in out
    code, _, err = run(capsys, "restore", str(target))
    assert code == 1
    assert "holds tables already" in err

    code, _, err = run(capsys, "reset")
    assert code == 2
    assert "--yes" in err and "settings" not in err
    code, out, _ = run(capsys, "reset", "--yes")
    assert code == 0
    assert not (home / "objects").exists()
    code, out, _ = run(capsys, "restore", str(target))
    assert code == 0
    assert "restored 0 ledgers and 0 objects" in out
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long enough passphrase 7\n"))
    assert run(capsys, "create-admin", "--email", "admin@acme.ae")[0] == 1, "the administrator came back"
    assert run(capsys, "db-stop")[:2] == (0, "no embedded database was running\n")


async def test_a_ledger_survives_the_loss_of_everything_else(home: Path) -> None:
    settings = with_development_secrets(Settings(home=home))
    async with open_wiring(settings) as wiring:
        company_id = uuid4()
        async with wiring.database.company(company_id) as db:
            await store.open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
            await store.rotate_key(db, company_id, wiring.keys, now=NOW)
            head = await store.head(db, company_id)
        digest = await wiring.storage.put(b"an original")
    made = await operations.make_backup(settings, home / "backup.tar", now=NOW)
    assert [(one.company_id, one.hash) for one in made.heads] == [(company_id, head.hash.hex())]
    operations.reset(settings)
    await operations.restore(settings, home / "backup.tar")
    async with open_wiring(settings) as wiring:
        async with wiring.database.company(company_id) as db:
            assert await store.head(db, company_id) == head
        assert await wiring.storage.get(digest) == b"an original"


async def company_with_ledger(settings: Settings, name: str) -> UUID:
    """An approved company of that name, whose ledger holds its first key."""
    company_id = uuid4()
    register = text("select company_register(:id, cast(:profile as jsonb), 'admin@acme.ae', :now)")
    approve = text("select company_move(:id, 'PENDING', 'ACTIVE', null, null, :now)")
    profile = json.dumps({"legal_name": name, "tin": "1000000003"})
    async with open_wiring(settings) as wiring:
        async with wiring.database.platform() as db:
            await db.execute(register, {"id": company_id, "profile": profile, "now": NOW})
            await db.execute(approve, {"id": company_id, "now": NOW})
        async with wiring.database.company(company_id) as db:
            await store.open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
            await store.rotate_key(db, company_id, wiring.keys, now=NOW)
    return company_id


def test_the_key_encryption_key_changes_by_one_command(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_development_secrets(Settings(home=home))
    asyncio.run(company_with_ledger(settings, "Acme Trading LLC"))
    assert settings.kek is not None
    monkeypatch.setenv("INVOLINKS_KEK", Kek.make(development=False).text())
    code, _, err = run(capsys, "reseal")
    assert (code, settings.key_ring().current.id in err, "INVOLINKS_KEK_OLDER" in err) == (1, True, True)
    monkeypatch.setenv("INVOLINKS_KEK_OLDER", settings.kek.reveal())
    code, out, _ = run(capsys, "reseal")
    assert (code, "sealed anew 3 private keys" in out) == (0, True)
    monkeypatch.delenv("INVOLINKS_KEK_OLDER")
    assert "sealed anew 0 private keys" in run(capsys, "reseal")[1]
    assert run(capsys, "verify")[0] == 0


def test_ledgers_are_verified_by_name_and_carried_away_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    company_id = asyncio.run(company_with_ledger(with_development_secrets(Settings(home=home)), "Acme Trading LLC"))
    stranger, file = uuid4(), home / "ledger.copy"
    code, out, _ = run(capsys, "verify")
    assert code == 0
    assert f"company {company_id} (Acme Trading LLC): OK" in out
    for words in (
        ["--company", str(company_id), "--company", str(stranger)],
        ["--company", str(stranger), "--save", "x"],
    ):
        code, out, err = run(capsys, "verify", *words)
        assert (code, out) == (1, "")
        assert f"there is no approved company {stranger};" in err
    assert run(capsys, "verify", "--company", str(company_id), "--save", str(file))[0] == 0
    kept = file.read_bytes()
    code, _, err = run(capsys, "verify", "--company", str(company_id), "--save", str(file))
    assert (code, err) == (1, f"involinks: {file} exists already; name a new file\n")
    assert file.read_bytes() == kept
    assert run(capsys, "verify", "--copy", str(file))[0] == 0
    for words, code, told in (
        ([], 1, "entry 0 is no sealed document"),
        (["--company", str(company_id)], 1, "entry 0 is no sealed document"),
        (["--company", str(stranger)], 2, f"those there are: {company_id} (Acme Trading LLC)"),
    ):
        ended, _, err = run(capsys, "replay", "--seq", "0", *words)
        assert (ended, told in err) == (code, True), err


def test_a_ledger_is_held_against_a_checkpoint_that_was_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = with_development_secrets(Settings(home=home))
    ours = asyncio.run(company_with_ledger(settings, "Acme Trading LLC"))
    file, note, altered = home / "ledger.copy", home / "kept.txt", home / "altered.txt"

    async def newest() -> bytes:
        async with open_wiring(settings) as wiring, wiring.database.company(ours) as db:
            return bytes(await db.scalar(text("select note from ledger_checkpoints order by size desc limit 1")))

    note.write_bytes(asyncio.run(newest()))
    altered.write_bytes(note.read_bytes().replace(b"\n3\n", b"\n2\n"))
    assert run(capsys, "verify", "--company", str(ours), "--save", str(file))[0] == 0
    for which in (["--company", str(ours)], ["--copy", str(file)]):
        for level in ("checkpoints", "witnessed"):
            words = [*which, "--level", level, "--witness-note"]
            code, out, _ = run(capsys, "verify", *words, str(note))
            assert (code, "OK" in out) == (0, True), out
            code, out, _ = run(capsys, "verify", *words, str(altered))
            assert (code, "HISTORY_REWRITTEN" in out) == (1, True), out
    code, out, _ = run(capsys, "verify", "--company", str(ours), "--level", "witnessed")
    assert (code, "WITNESS_MISSING" in out) == (1, True), out
    for words in (["--company", str(ours), "--level", "seals"], []):
        assert run(capsys, "verify", *words, "--witness-note", str(note))[0] == 2
    code, _, err = run(capsys, "verify", "--company", str(ours), "--witness-note", str(home / "none"))
    assert (code, err) == (1, f"involinks: {home / 'none'}: No such file or directory\n")


def test_reset_waits_for_nobody_and_refuses(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded_server(Settings(home=home)).lease():
        code, _, err = run(capsys, "reset", "--yes")
    assert code == 1
    assert "is in use" in err
    with pytest.raises(SettingsError, match="test mode"):
        operations.reset(Settings(home=home, mode="live"))


def test_what_killed_processes_left_behind_is_stopped(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = embedded_server(Settings(home=home))
    with server.lease():
        code, _, err = run(capsys, "db-stop")
        assert code == 1
        assert "is in use" in err
    server.start()
    assert run(capsys, "db-stop")[:2] == (0, "the embedded database is stopped\n")
    assert server.pid is None


def test_an_external_database_is_opened_for_the_app(
    home: Path, pg_server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, role, owner = f"x_{uuid4().hex}", f"r_{uuid4().hex}", f"o_{uuid4().hex}"
    pg_server.sql(
        f"create role {owner} login createrole password 'o'; grant involinks_app to {owner} with admin option"
    )
    pg_server.sql(f"create database {name} owner {owner}")
    try:
        scheme, _, rest = pg_server.dsn("admin", name).partition("//")
        monkeypatch.setenv("INVOLINKS_DATABASE_URL", f"{scheme}//{role}:s3cret@{rest.partition('@')[2]}")
        code, _, err = run(capsys, "migrate")
        assert code == 1
        assert "INVOLINKS_DATABASE_OWNER_URL is missing" in err
        monkeypatch.setenv("INVOLINKS_DATABASE_OWNER_URL", pg_server.dsn("admin", name))
        code, _, err = run(capsys, "migrate")
        assert code == 1
        assert "owner is a superuser" in err
        monkeypatch.setenv("INVOLINKS_DATABASE_OWNER_URL", f"{scheme}//{owner}:o@{rest.partition('@')[2]}")
        assert run(capsys, "migrate")[0] == 0
        assert run(capsys, "migrate")[0] == 0
        assert run(capsys, "check")[:2] == (0, "all is well\n")
        code, out, _ = run(capsys, "verify")
        assert (code, out) == (2, "Nothing to verify: there is no company.\n")
        code, _, err = run(capsys, "db-stop")
        assert code == 1
        assert "not ours to stop" in err
        code, _, err = run(capsys, "backup", str(home / "backup"))
        assert code == 1
        assert "INVOLINKS_DATABASE_ADMIN_URL is missing" in err
    finally:
        pg_server.sql(f"drop database {name} with (force)")
        pg_server.sql(f"drop role if exists {role}; drop role {owner}")


async def test_an_owner_that_may_not_make_roles_says_what_to_do(
    pg_server: Server, database_name: str, home: Path
) -> None:
    app = pg_server.dsn("app", database_name).replace("involinks_app", f"nobody_{uuid4().hex}")
    settings = Settings(
        home=home, database_url=Secret(app), database_owner_url=Secret(pg_server.dsn("owner", database_name))
    )
    with pytest.raises(SettingsError, match="As a superuser, make it a member of involinks_app") as caught:
        await operations.migrate(settings)
    assert pg_server.layout.note().app not in str(caught.value)


async def test_a_password_set_by_its_verifier_lets_in(pg_server: Server) -> None:
    role = f"r_{uuid4().hex}"
    pg_server.sql(f"create role {role} login password '{verifier('a b$c')}'")
    try:
        scheme, _, rest = pg_server.dsn("admin", "postgres").partition("//")
        address = f"{scheme}//{role}:a%20b$c@{rest.partition('@')[2]}"
        async with opened(address) as database, database.platform() as db:
            assert (await db.exec_driver_sql("select current_user")).scalar_one() == role
    finally:
        pg_server.sql(f"drop role {role}")
    with pytest.raises(ValueError, match="ASCII"):
        verifier("pässword")


def test_mistakes_are_told_in_one_message_and_without_a_traceback(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOLINKS_MODE", "live")
    for word in ("serve", "worker", "demo", "sandbox", "migrate"):
        code, _, err = run(capsys, word)
        assert code == 1
        assert err.count("Live mode:") == 9, word
    monkeypatch.delenv("INVOLINKS_MODE")
    monkeypatch.setenv("INVOLINKS_DATABASE_URL", "postgresql://a:hidden@127.0.0.1:1/d")
    code, _, err = run(capsys, "verify")
    assert code == 1
    assert "Traceback" not in err
    assert "hidden" not in err
    code, _, err = run(capsys, "verify", "--copy", str(home / "none"))
    assert (code, err) == (1, f"involinks: {home / 'none'}: No such file or directory\n")
    for words in (["--save", "x"], ["--save", "x", "--copy", "y"], ["--save", "x", *["--company", str(uuid4())] * 2]):
        code, _, err = run(capsys, "verify", *words)
        assert code == 2, words
        assert "verify" in err and "settings" not in err
    with pytest.raises(SystemExit) as usage:
        main(["no-such-word"])
    assert usage.value.code == 2


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("storcove", "INVOLINKS_PROVIDER names 'storcove', which is none of:"),
        ("storecove", "lacks the option 'legal_entity'"),
    ],
)
def test_a_wrong_provider_is_told_before_any_server_process_starts(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, provider: str, told: str
) -> None:
    monkeypatch.setattr("gateway.__main__._refuse_taken", lambda host, port: None)
    monkeypatch.setenv("INVOLINKS_PROVIDER", provider)
    monkeypatch.setattr("granian.Granian.serve", lambda _: pytest.fail("a server process was started"))
    code, _, err = run(capsys, "serve")
    assert code == 1
    assert told in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("rule", "code", "told"),
    [
        ("gw-series", 0, "GW-SERIES (gateway)"),
        ("ibr-co-16", 0, "ibr-co-16 (pint"),
        ("GW-NONE", 2, ""),
    ],
)
def test_rules_of_the_law_and_of_the_gateway_are_explained(
    home: Path, capsys: pytest.CaptureFixture[str], rule: str, code: int, told: str
) -> None:
    said = run(capsys, "explain", rule)
    assert said[0] == code
    assert said[1].startswith(told) and ("التصحيح" in said[1]) == (code == 0)
    assert "no rule has the id" in said[2] or code == 0


def test_a_new_key_encryption_key_is_of_the_kind_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "make-kek")[1].startswith("live:")
    assert run(capsys, "make-kek", "--development")[1].startswith("development:")


def test_every_word_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    words = (
        "serve worker sandbox witness demo migrate check verify backup restore create-admin make-kek reseal explain "
        "db-stop reset"
    )
    for word in words.split():
        assert f"\n    {word} " in out or f"\n    {word}\n" in out
        with pytest.raises(SystemExit):
            main([word, "--help"])


# ---- the whole process ----


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def healthy(client: httpx.Client, process: subprocess.Popen[str]) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        assert process.poll() is None, "the server ended by itself"
        return False


def await_healthy(client: httpx.Client, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not healthy(client, process):
        assert time.monotonic() < deadline, "the server doesn't get ready"
        time.sleep(0.1)


@pytest.fixture
def certificate(home: Path) -> tuple[Path, Path]:
    """A certificate for localhost, made for this test."""
    key, chain = home / "key.pem", home / "chain.pem"
    make_certificate(key, chain)
    return key, chain


def make_certificate(key_file: Path, chain_file: Path) -> None:
    import ipaddress
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    chain = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    chain_file.write_bytes(chain.public_bytes(Encoding.PEM))


def test_the_server_speaks_tls_1_3_survives_its_database_and_ends_gracefully(
    home: Path, certificate: tuple[Path, Path]
) -> None:
    key, chain = certificate
    port = free_port()
    environ = os.environ | {
        "INVOLINKS_HOME": str(home),
        "INVOLINKS_PORT": str(port),
        "INVOLINKS_TLS": "direct",
        "INVOLINKS_TLS_KEY": str(key),
        "INVOLINKS_TLS_CERTIFICATE": str(chain),
    }
    server = embedded_server(Settings(home=home))
    command = [sys.executable, "-m", "gateway", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            trust = ssl.create_default_context(cafile=chain)
            with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, timeout=30) as client:
                await_healthy(client, process)
                pid = server.pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
                await_healthy(client, process)
                assert server.pid not in {pid, None}
            old = ssl.create_default_context(cafile=chain)
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises(httpx.TransportError):
                httpx.get(f"https://127.0.0.1:{port}/health", verify=old, timeout=30)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == OK
    assert server.pid is None, "the last one out stops the database"

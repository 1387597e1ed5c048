"""Wiring: what settings choose, what is refused before anything serves, and a database that is kept alive."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certs import Kek
from gateway.db import Database, new_id
from gateway.postgres import Server
from gateway.settings import Secret, Settings, SettingsError
from gateway.storage.bucket import BucketStorage
from gateway.storage.folder import FolderStorage
from gateway.wiring import embedded_server, open_provider, open_reader, open_storage, open_wiring
from tests.conftest import short_folder


@pytest.fixture
def home() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


async def answers(database: Database) -> bool:
    try:
        async with database.platform() as db:
            return await db.scalar(text("select count(*) from alembic_version")) == 1
    except (OSError, DBAPIError):
        return False


def external(home: Path, dsn: str) -> Settings:
    return Settings(home=home, database_url=Secret(dsn))


async def test_an_external_database_and_development_secrets(home: Path, database_dsn: str) -> None:
    async with open_wiring(external(home, database_dsn)) as wiring:
        async with wiring.database.platform() as db:
            assert await db.scalar(text("select current_user")) == "involinks_app"
        digest = await wiring.storage.put(b"an original")
        assert await wiring.storage.get(digest) == b"an original"
        sealed = wiring.keys.generate(new_id())
        assert sealed.kek_id == wiring.key_ring.current.id
        assert wiring.provider.name == "sandbox"
        assert wiring.executor.submit(int, "7").result() == 7
        assert wiring.settings.kek is not None
    with pytest.raises(RuntimeError, match="shutdown"):
        wiring.executor.submit(int, "7")


@pytest.mark.parametrize("role", ["admin", "owner"])
async def test_a_role_that_row_level_security_does_not_bind_is_refused(
    home: Path, pg_server: Server, database_name: str, role: str
) -> None:
    with pytest.raises(SettingsError, match="could read every company's rows"):
        async with open_wiring(external(home, pg_server.dsn(role, database_name))):  # type: ignore[arg-type]
            pass


async def test_a_stranger_is_refused(home: Path, pg_server: Server, database_name: str) -> None:
    pg_server.sql("create role stranger login password 'x'; grant pg_read_all_data to stranger")
    try:
        address = pg_server.dsn("app", database_name)
        scheme, _, rest = address.partition("//")
        stranger = f"{scheme}//stranger:x@{rest.partition('@')[2]}"
        with pytest.raises(SettingsError, match="must be involinks_app or a member"):
            async with open_wiring(external(home, stranger)):
                pass
    finally:
        pg_server.sql("drop role stranger")


async def test_a_database_of_another_shape_is_refused(home: Path, database_dsn: str, owner: Database) -> None:
    async with owner.platform() as db:
        await db.execute(text("update alembic_version set version_num = '0003'"))
    with pytest.raises(SettingsError, match=r"at revision 0003.*run involinks migrate"):
        async with open_wiring(external(home, database_dsn)):
            pass


async def test_live_mode_refuses_a_database_that_development_has_touched(
    home: Path, database_dsn: str, admin: Database
) -> None:
    live = Settings(
        mode="live",
        home=home,
        database_url=Secret(database_dsn),
        kek=Secret(Kek.make(development=False).text()),
        provider_token=Secret("t"),
        provider_secrets=(Secret("s"),),
    )
    async with open_wiring(live) as wiring:
        assert wiring.settings is live
    async with admin.platform() as db:
        await db.execute(
            text(
                "insert into users (id, email, name, password_hash, created_at)"
                " values (:i, 'a@b.example', '', '', now())"
            ),
            {"i": new_id()},
        )
    with pytest.raises(SettingsError, match=r"Live mode: the database holds 1 demo user"):
        async with open_wiring(live):
            pass


async def test_the_embedded_server_is_started_migrated_and_revived(home: Path) -> None:
    settings = Settings(home=home)
    server = embedded_server(settings)
    async with open_wiring(settings) as wiring:
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(60):
            while not await answers(wiring.database):  # noqa: ASYNC110  another process is waited for
                await asyncio.sleep(0.05)
        assert server.pid != first
    assert server.pid is None


def test_an_unknown_provider_is_told_the_known_ones(home: Path) -> None:
    with pytest.raises(SettingsError, match="'acme', which is none of: basware, peppyrus, phoss_ap, sandbox"):
        open_provider(Settings(home=home, provider="acme"))


async def test_a_provider_is_made_from_the_settings_or_says_what_it_lacks(home: Path) -> None:
    lacking = Settings(home=home, provider="storecove", provider_token=Secret("key"))
    with pytest.raises(SettingsError, match=r"INVOLINKS_PROVIDER is storecove: .*'legal_entity'"):
        open_provider(lacking)
    complete = msgspec.structs.replace(lacking, provider_options=(("legal_entity", "42"),))
    provider = open_provider(complete)
    assert provider.name == "storecove"
    await provider.close()


def test_storage_is_a_folder_or_a_bucket(home: Path) -> None:
    folder = open_storage(Settings(home=home))
    assert isinstance(folder, FolderStorage)
    assert folder.root == home / "objects"
    settings = Settings(
        home=home, storage="s3", s3_bucket="evidence", s3_access_key=Secret("id"), s3_secret_key=Secret("key")
    )
    assert isinstance(open_storage(settings), BucketStorage)
    assert isinstance(open_storage(msgspec.structs.replace(settings, s3_endpoint="http://127.0.0.1:9")), BucketStorage)


@pytest.mark.parametrize(
    ("ocr", "recipes"),
    [
        ("best", ("rapidocr", "background")),
        ("rapidocr", ("rapidocr",)),
        ("tesseract", ("background", "adaptive")),
        ("original", ("original",)),
    ],
)
def test_bills_are_read_as_the_settings_say(ocr: str, recipes: tuple[str, ...]) -> None:
    chosen = Settings.from_environ(
        {
            "INVOLINKS_OCR": ocr,
            "TESSERACT_CMD": "/nowhere/tesseract",
            "DEFAULT_OCR_LANGUAGE": "eng+ara",
            "INVOLINKS_BILL_SIZE": "2",
            "INVOLINKS_BILL_PAGES": "7",
        }
    )
    with open_reader(chosen) as reader:
        assert (reader.bounds.size, reader.bounds.pages) == (2 * 1024 * 1024, 7)
        start = reader.ocr._start
        assert (start.settings.recipes, start.settings.tesseract) == (recipes, "/nowhere/tesseract")
        assert (start.settings.language, start.bounds) == ("eng+ara", reader.bounds)
        assert reader.ocr._process is None  # nothing runs before a page is there


def test_who_serves_pages_loads_no_engine() -> None:
    script = (
        "import sys, gateway.app; print(sorted({'cv2', 'rapidocr', 'onnxruntime', 'pytesseract'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"

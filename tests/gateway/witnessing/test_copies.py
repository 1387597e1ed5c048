"""Checkpoints left in folders, buckets and mailboxes that somebody else keeps."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from certs import LocalKeyStore
from gateway.db import Database
from gateway.settings import Secret
from gateway.settings.witnesses import MailServer, WitnessPlace
from gateway.wiring import Wiring
from gateway.witnessing import flow, mail, queries
from gateway.witnessing.outcomes import Outcome, Unavailable
from ledger import checkpoint
from tests.gateway.storage.s3 import s3_process
from tests.gateway.witnessing.installations import NOW, SameKeys, grow, make_ledger, wiring_of
from tests.gateway.witnessing.post_office import post_office


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with s3_process() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def installed(request: pytest.FixtureRequest, tmp_path: Path, module_database: Database) -> tuple[Wiring, WitnessPlace]:
    """An installation that leaves copies, and where."""
    if request.param == "folder":
        place = WitnessPlace(name=f"file://{tmp_path}", kind="folder", address=str(tmp_path))
        return wiring_of(module_database, place), place
    place = WitnessPlace(name="s3://evidence/heads", kind="bucket", address="evidence/heads")
    settings = {
        "s3_endpoint": request.getfixturevalue("s3_server"),
        "s3_access_key": Secret("an-id"),
        "s3_secret_key": Secret("a-secret"),
    }
    return wiring_of(module_database, place, **settings), place


async def newest(database: Database, company_id: UUID) -> bytes:
    async with database.company(company_id) as db:
        note = await queries.newest(db, company_id)
    assert note is not None
    return note


async def test_each_copy_is_the_signed_checkpoint_and_stays(
    installed: tuple[Wiring, WitnessPlace], keys: LocalKeyStore, tmp_path: Path
) -> None:
    wiring, place = installed
    company_id = await make_ledger(wiring.database, keys)
    first = await newest(wiring.database, company_id)
    for _ in range(2):
        assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.KEPT
    await grow(wiring.database, company_id, keys, 5)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.KEPT
    if place.kind == "folder":
        folder = tmp_path / sha256(checkpoint.parse(first).origin.encode()).hexdigest()
        assert sorted(path.name for path in folder.iterdir()) == [f"{3:020}.note", f"{8:020}.note"]
        assert (folder / f"{3:020}.note").read_bytes() == first


async def test_a_rewritten_ledger_contradicts_its_copies(
    installed: tuple[Wiring, WitnessPlace], database: Database
) -> None:
    """The same company, the same keys: first shorter than what was left, then as long."""
    wiring, place = installed
    keys = SameKeys()
    company_id = await make_ledger(wiring.database, keys)
    await grow(wiring.database, company_id, keys, 5)
    assert await flow.publish(wiring, company_id, place, now=NOW) is Outcome.KEPT
    secrets = {name: getattr(wiring.settings, name) for name in ("s3_endpoint", "s3_access_key", "s3_secret_key")}
    rewritten = wiring_of(database, place, **secrets)
    await make_ledger(database, keys, company_id)
    assert await flow.publish(rewritten, company_id, place, now=NOW) is Outcome.ROLLED_BACK
    await grow(database, company_id, keys, 5, word="rewritten")
    assert await flow.publish(rewritten, company_id, place, now=NOW) is Outcome.CONFLICT


async def test_a_folder_that_is_not_mounted_is_asked_again(
    module_database: Database, keys: LocalKeyStore, tmp_path: Path
) -> None:
    company_id = await make_ledger(module_database, keys)
    place = WitnessPlace(name="file:///x", kind="folder", address=str(tmp_path / "away"))
    with pytest.raises(Unavailable, match="can't look into"):
        await flow.publish(wiring_of(module_database, place), company_id, place, now=NOW)


# ---- mail ----

AUDITOR = WitnessPlace(name="mailto:auditor@firm.example", kind="mail", address="auditor@firm.example")


def mailing(database: Database, address: str) -> Wiring:
    return wiring_of(database, AUDITOR, mail_server=Secret(address), mail_from="ledger@gateway.example")


async def test_the_mailed_checkpoint_is_the_signed_one(module_database: Database, keys: LocalKeyStore) -> None:
    company_id = await make_ledger(module_database, keys)
    with post_office() as office:
        outcome = await flow.publish(mailing(module_database, office.address), company_id, AUDITOR, now=NOW)
    assert outcome is Outcome.MAILED
    (letter,) = office.letters
    message = email.message_from_bytes(letter, policy=email.policy.default)
    assert (message["to"], message["from"]) == ("auditor@firm.example", "ledger@gateway.example")
    note = await newest(module_database, company_id)
    (attached,) = message.iter_attachments()
    assert attached.get_content() == note
    body = message.get_body()
    assert body is not None and checkpoint.parse(note).root.hex() in body.get_content()


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        ({"RCPT": "550 no such mailbox"}, True),
        ({"RCPT": "450 later"}, False),
        ({"MAIL": "530 who are you"}, True),
        ({"DATA": "552 too large"}, True),
        ({"DATA": "451 disk full"}, False),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, False),
    ],
)
async def test_what_a_mail_server_answers_decides(
    module_database: Database, keys: LocalKeyStore, answers: dict[str, str], refused: bool
) -> None:
    company_id = await make_ledger(module_database, keys)
    with post_office(**answers) as office:
        wiring = mailing(module_database, office.address)
        if refused:
            assert await flow.publish(wiring, company_id, AUDITOR, now=NOW) is Outcome.REFUSED
        else:
            with pytest.raises(Unavailable):
                await flow.publish(wiring, company_id, AUDITOR, now=NOW)


async def test_no_mail_server_is_asked_again_and_no_password_told(
    module_database: Database, keys: LocalKeyStore
) -> None:
    company_id = await make_ledger(module_database, keys)
    wiring = mailing(module_database, "smtp://user:s3cr3t@127.0.0.1:9")
    with pytest.raises(Unavailable, match="can't be used") as caught:
        await flow.publish(wiring, company_id, AUDITOR, now=NOW)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("user", "password"), [("", ""), ("user", "s3cr3t")])
def test_a_server_elsewhere_gets_nothing_without_encryption(user: str, password: str) -> None:
    """It offers no STARTTLS: not even the message's sender is said."""
    message = mail.compose(
        checkpoint.Note(origin="o", size=1, root=bytes(32), text=b"", lines=()),
        b"note",
        sender="ledger@gateway.example",
        receiver="auditor@firm.example",
        now=NOW,
    )
    with post_office() as office:
        server = MailServer("127.0.0.1", int(office.server_address[1]), "starttls", user, password)
        with pytest.raises(Unavailable) as caught:
            mail.send(message, server)
    assert "s3cr3t" not in str(caught.value)
    assert not any(said.startswith(("MAIL", "AUTH")) for said in office.said)

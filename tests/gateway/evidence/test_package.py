"""One file proves what became of a document, to somebody who has nothing but that file and a verifier."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import ledger.verifier
from gateway.evidence import flow
from gateway.http.problems import Conflict
from gateway.jobqueue import JobError
from gateway.outbound import flow as outbound
from gateway.outbound import jobs
from gateway.outbound.flow import SendJob
from gateway.sandbox.faults import Fault
from peppol import sbdh
from peppol.statuses import Outcome
from tests.gateway.evidence.conftest import BUYER, SELLER, failures, follow, key_of, members, packed, rebuilt, sent
from tests.gateway.outbound.conftest import Company
from tests.gateway.sandbox.process import SandboxProcess
from ubl import Invoice


@pytest.fixture(scope="module")
async def package(company: Company, network: SandboxProcess) -> bytes:
    """Of a document that was sent, delivered and refused by its buyer."""
    from gateway.outbound import examples

    document_id = await sent(company, examples.INVOICE)
    network.desk.announce(str(await key_of(company, document_id)), Outcome.DELIVERED)
    network.desk.announce(str(await key_of(company, document_id)), Outcome.BUYER_REJECTED, "We ordered ten.")
    await follow(company, document_id)
    return await packed(company, document_id)


async def test_a_package_holds_all_there_is_and_verifies(
    company: Company, package: bytes, verifier: ModuleType, tmp_path: Path
) -> None:
    assert failures(verifier, package, tmp_path) == []
    parts = members(package)
    manifest = json.loads(parts["manifest.json"])
    envelope = sbdh.read(next(content for name, content in parts.items() if name.startswith("envelopes/")))
    assert (envelope.message.sender.value, envelope.message.receiver.value) == (SELLER, BUYER)
    assert envelope.message.document == sbdh.body(parts["document.xml"])
    assert manifest["absent"] == {} and manifest["company_id"] == str(company.id)
    (way,) = json.loads(parts["attempts.json"])
    assert [one["outcome"] for one in way["attempts"]] == ["accepted"]
    assert {one["outcome"] for one in way["reports"]} >= {"delivered", "buyer_rejected"}
    for digest in (way["answer_sha256"], *(one["report_sha256"] for one in way["reports"])):
        assert sha256(parts[f"answers/{digest}"]).hexdigest() == digest
    kinds = {parts[name][39] for name in parts if name.endswith(".entry")}
    assert {1, 4, 7, 8, 11} <= kinds, "sealed, approved, handed over, reported; and the keys"


def test_the_command_tells_it_in_words(package: bytes, tmp_path: Path) -> None:
    for name in ("verify.py", "verify_evidence.py"):
        assert members(package)[name] == (Path(ledger.verifier.__file__).parent / name).read_bytes()
        (tmp_path / name).write_bytes(members(package)[name])

    def told(content: bytes, *options: str) -> tuple[int, str]:
        """What it says, alone in a folder: not even this project can be imported from there."""
        (tmp_path / "package.zip").write_bytes(content)
        run = f"sys.exit(verify_evidence.main(['package.zip', *{list(options)!r}]))"
        program = f"import sys; sys.path.insert(0, '.'); import verify_evidence; {run}"
        command = [sys.executable, "-I", "-c", program]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
        assert done.stderr == ""
        return done.returncode, done.stdout

    code, words = told(package)
    assert code == 0 and words.startswith("OK") and "handed to the network" in words
    first = re.search(r"first document key: SHA-256 ([0-9a-f]{64})", words)
    assert first is not None
    for trust, expected in ((first[1], 0), ("0" * 64, 1)):
        code, words = told(package, "--trust", trust, "--json")
        assert code == expected and json.loads(words)["first_key"] == first[1]
    code, words = told(b"no package")
    assert code == 2 and words.startswith("UNUSABLE")


async def test_the_same_state_gives_the_same_bytes(
    company: Company,
    network: SandboxProcess,
    invoice: Invoice,
    verifier: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document_id = await sent(company, invoice)
    before = await packed(company, document_id)
    monkeypatch.setattr(flow, "_IN_MEMORY", 1)
    assert await packed(company, document_id) == before, "a long one waits on the disk"
    assert list((company.wiring.settings.home / "scratch").iterdir()) == []
    await company.sealed(invoice)
    assert await packed(company, document_id) == before, "another document's entries change nothing"
    network.desk.announce(str(await key_of(company, document_id)), Outcome.BUYER_ACCEPTED)
    await follow(company, document_id)
    after = await packed(company, document_id)
    assert after != before and failures(verifier, after, tmp_path) == []


def test_one_byte_of_any_member_is_enough(package: bytes, verifier: ModuleType, tmp_path: Path) -> None:
    parts = members(package)
    for name, content in parts.items():
        for at in {0, len(content) // 2, len(content) - 1}:
            changed = bytearray(content)
            changed[at] ^= 1
            altered = rebuilt({**parts, name: bytes(changed)})
            assert failures(verifier, altered, tmp_path), f"byte {at} of {name} may change unseen"
    for name in parts:
        without = rebuilt({other: content for other, content in parts.items() if other != name})
        assert failures(verifier, without, tmp_path), f"{name} may be taken away unseen"
    assert failures(verifier, rebuilt({**parts, "answers/more": b""}), tmp_path)


def consistent(parts: dict[str, bytes]) -> bytes:
    """What a forger does: manifest and sums fit what he wrote."""
    manifest = json.loads(parts["manifest.json"])
    manifest["members"] = {
        name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in parts.items()
        if name not in ("manifest.json", "SHA256SUMS")
    }
    whole = {name: content for name, content in parts.items() if name != "SHA256SUMS"}
    whole["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    sums = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(whole.items()))
    return rebuilt({**whole, "SHA256SUMS": sums.encode()})


def test_a_forger_who_mends_the_sums_is_found_by_the_ledger(
    package: bytes, verifier: ModuleType, tmp_path: Path
) -> None:
    parts = members(package)
    assert failures(verifier, consistent(parts), tmp_path) == [], "the forger's tools are sound"
    unproven = set(json.loads(parts["manifest.json"])["unproven"])
    for name, content in parts.items():
        if name in unproven or name in ("manifest.json", "SHA256SUMS"):
            continue
        changed = bytearray(content)
        changed[len(content) // 2] ^= 1
        assert failures(verifier, consistent({**parts, name: bytes(changed)}), tmp_path), f"{name} can be forged"
        rest = {other: given for other, given in parts.items() if other != name}
        if not name.endswith(".pem") and not name.startswith("envelopes/"):
            assert failures(verifier, consistent(rest), tmp_path), f"{name} can be left out"
    answers = [name for name in parts if name.startswith("answers/")]
    assert len(answers) >= 2
    swapped = {**parts, answers[0]: parts[answers[1]], answers[1]: parts[answers[0]]}
    assert failures(verifier, consistent(swapped), tmp_path), "answers can be swapped"
    stranger = b"<accepted/>"
    added = {**parts, f"answers/{sha256(stranger).hexdigest()}": stranger}
    assert failures(verifier, consistent(added), tmp_path), "an answer that nobody recorded can be slipped in"


def test_each_check_stands_by_itself(package: bytes, verifier: ModuleType, tmp_path: Path) -> None:
    """Where a forger could mend one thing, the next one still says so."""
    parts = members(package)
    begin = f"ledger/{json.loads(parts['manifest.json'])['document_seq']:012d}"
    body, seal = parts[f"{begin}.entry"], bytearray(parts[f"{begin}.signature"])
    seal[-1] ^= 1
    resealed = {f"{begin}.signature": bytes(seal), f"{begin}.entry": body[:-32] + sha256(seal).digest()}
    canonical = parts[f"{begin}.canonical.json"].replace(b"1302", b"1303")
    assert canonical != parts[f"{begin}.canonical.json"]
    told = {
        f"{begin}.canonical.json": canonical,
        f"{begin}.entry": body[:-104] + sha256(canonical).digest() + body[-72:],
    }
    for changes, words in (
        (resealed, "the seal is not by the key that it names"),
        (resealed, "is not shown to be in the checkpoint"),
        (told, "document.xml states other facts"),
        (told, "the seal is not by the key that it names"),
        ({f"{begin}.signature": b""}, "its seal is not the one that it names"),
        ({"envelopes/" + "0" * 36 + ".xml": b"<x/>"}, "doesn't hold the document"),
    ):
        found = failures(verifier, consistent({**parts, **changes}), tmp_path)
        assert any(words in failure for failure in found), (words, found)


def test_seal_and_place_by_hand_without_any_program_of_ours(package: bytes, tmp_path: Path) -> None:
    """SPEC.md in thirty lines of the standard library and `cryptography`."""
    parts = members(package)
    for line in parts["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert sha256(parts[name]).hexdigest() == digest
    seq = json.loads(parts["manifest.json"])["document_seq"]
    begin = f"ledger/{seq:012d}"
    body = parts[f"{begin}.entry"]
    hashes = [sha256(parts[f"{begin}.canonical.json"]), sha256(parts["document.xml"])]
    assert body[-104:-40] == b"".join(one.digest() for one in hashes)
    message = "|".join(one.hexdigest() for one in hashes).encode()
    key = load_pem_public_key(parts[f"keys/{body[-40:-32].hex()}.pem"])
    assert isinstance(key, rsa.RSAPublicKey)
    pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
    key.verify(parts[f"{begin}.signature"], message, pss, SHA256())
    _, size, root, *_ = parts["ledger/checkpoint.txt"].decode().split("\n")
    here, last, value = seq, int(size) - 1, sha256(b"\0" + sha256(body).digest()).digest()
    for step in parts[f"{begin}.path.txt"].decode().split():
        other = bytes.fromhex(step)
        if here & 1 or here == last:
            value = sha256(b"\1" + other + value).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = sha256(b"\1" + value + other).digest()
        here, last = here >> 1, last >> 1
    assert (last, value) == (0, base64.b64decode(root))
    if (openssl := shutil.which("openssl")) is not None:
        for name in (f"{begin}.signature", f"keys/{body[-40:-32].hex()}.pem"):
            (tmp_path / Path(name).name).write_bytes(parts[name])
        (tmp_path / "message").write_bytes(message)
        subprocess.run(
            [openssl, "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32",
             "-verify", f"{body[-40:-32].hex()}.pem", "-signature", f"{seq:012d}.signature", "message"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip


async def test_what_the_storage_has_lost_is_told_and_not_passed_over(
    company: Company, invoice: Invoice, verifier: ModuleType, tmp_path: Path
) -> None:
    document_id = await sent(company, invoice)
    (answer,) = (name for name in members(await packed(company, document_id)) if name.startswith("answers/"))
    await company.wiring.storage.remove(answer.removeprefix("answers/"))
    package = await packed(company, document_id)
    assert list(json.loads(members(package)["manifest.json"])["absent"]) == [answer.removeprefix("answers/")]
    (tmp_path / "package.zip").write_bytes(package)
    outcome = verifier.Package(str(tmp_path / "package.zip")).check()
    assert outcome.failures == []
    assert any(answer.removeprefix("answers/") in note for note in outcome.notes)


async def test_a_draft_proves_nothing(company: Company, invoice: Invoice) -> None:
    document_id = await company.draft(invoice)
    async with company.call() as call:
        with pytest.raises(Conflict):
            await flow.issued(call, document_id)


async def test_what_went_wrong_on_the_way_is_in_it_too(
    company: Company, network: SandboxProcess, invoice: Invoice, verifier: ModuleType, tmp_path: Path
) -> None:
    document_id = await company.sealed(invoice)
    await company.approve(document_id)
    async with company.call() as call:
        await outbound.send(call, document_id)
    network.desk.order(Fault.BAD_GATEWAY, participant=SELLER)
    order = msgspec.json.encode(SendJob(document_id))
    with pytest.raises(JobError):
        await jobs.send(company.wiring, company.id, order, now=company.now)
    company.now += timedelta(hours=1)
    await jobs.send(company.wiring, company.id, order, now=company.now)
    package = await packed(company, document_id)
    assert failures(verifier, package, tmp_path) == []
    parts = members(package)
    (way,) = json.loads(parts["attempts.json"])
    assert [one["outcome"] for one in way["attempts"]][-1] == "accepted" and len(way["attempts"]) == 2
    kept = [one["answer_sha256"] for one in way["attempts"] if one["answer_sha256"]]
    assert kept and all(f"answers/{digest}" in parts for digest in kept)

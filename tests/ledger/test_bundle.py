"""Bundles as they are written: what an auditor's verifier says of honest ones, of every range, at every level."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import Purpose
from ledger.bundle import BundleWriter, Scope
from ledger.entry import Kind
from ledger.errors import BundleRefused
from ledger.verifier import verify
from tests.ledger.bundles.forger import Forger
from tests.ledger.bundles.made import COMPANY, CREATED, Keyring, Made, bundle, story, write

VERIFIER = Path(verify.__file__)
ALLOWED = {"cryptography"}


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    """Keys of this module."""
    return Keyring()


@pytest.fixture(scope="module")
def made(keyring: Keyring) -> Made:
    """A ledger that no test changes."""
    return story(keyring)


@pytest.fixture(scope="module")
def long(keyring: Keyring) -> Made:
    """More than two blocks of entries, with every key rotated somewhere in between, and few checkpoints."""
    made = Made(keyring)
    for number in range(2_100):
        if number in (1_000, 1_030, 2_000):
            made.rotate((Purpose.DOCUMENT, Purpose.LEDGER, Purpose.LEDGER_RSA)[number % 3])
        if number % 100 == 7:
            made.document(f"INV-{number}")
        else:
            made.append(Kind.APPROVAL, b'{"n":%d}' % number)
        if number % 211 == 0:
            made.sign()
    made.sign()
    return made


def judged(path: Path, **wish: object) -> dict[str, object]:
    return verify.as_json(verify.verify(str(path), verify.Wish(**wish)))  # type: ignore[arg-type]


def test_the_whole_ledger_holds_at_every_level_and_says_what_was_checked(made: Made, tmp_path: Path) -> None:
    path = write(made, tmp_path / "all.zip")
    for level, expected in enumerate(
        [
            {"entries": 17},
            {"entries": 17, "contents": 17, "facts": 8},
            {"entries": 17, "contents": 17, "facts": 8, "seals": 15},
            {"entries": 17, "contents": 17, "facts": 8, "seals": 15, "checkpoints": 10},
        ]
    ):
        report = judged(path, level=level, deep=True)
        assert report["status"] == "ok", report["failures"]
        assert {name: count for name, count in report["checked"].items() if count} == expected  # type: ignore[attr-defined]
    assert report["whole"] is True
    assert report["sellers"] == ["1234567890"]
    assert report["totals"] == {"AED": {"documents": 7, "total": "540.25"}}, "six invoices less a credit note"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.tuples(st.integers(0, 16), st.integers(0, 16)).map(sorted), batch=st.integers(1, 9))
def test_every_range_holds_whatever_lies_around_it(made: Made, tmp_path: Path, ends: list[int], batch: int) -> None:
    path = write(made, tmp_path / "range.zip", first=ends[0], last=ends[1], batch=batch)
    report = judged(path, deep=True)
    assert report["status"] == "ok", report["failures"]
    assert report["checked"]["entries"] == ends[1] - ends[0] + 1  # type: ignore[index]
    assert report["whole"] is (ends == [0, 16])


@pytest.mark.parametrize(("first", "last"), [(0, None), (1_000, 2_050), (1_024, 2_047), (1_025, 1_030), (2_047, 2_048)])
def test_several_blocks_and_several_processes_agree(long: Made, tmp_path: Path, first: int, last: int | None) -> None:
    path = write(long, tmp_path / "long.zip", first=first, last=last, batch=300)
    alone, together = judged(path), judged(path, processes=2)
    assert alone["status"] == "ok", alone["failures"]
    assert together == alone


def test_two_processes_find_the_same_first_bad_entry(long: Made, tmp_path: Path) -> None:
    write(long, tmp_path / "long.zip", batch=300)
    forger = Forger((tmp_path / "long.zip").read_bytes())
    for seq in (1_500, 2_060):
        forger.contents[seq][0] = b"{}"
    forger.save(tmp_path / "bad.zip")
    for processes in (1, 2):
        report = judged(tmp_path / "bad.zip", processes=processes)
        assert [(bad["seq"], bad["reason"]) for bad in report["failures"]] == [  # type: ignore[index]
            (1_500, "CONTENT_ALTERED"),
            (2_060, "CONTENT_ALTERED"),
        ]


def test_the_same_ledger_gives_the_same_bytes(made: Made) -> None:
    one, other = io.BytesIO(), io.BytesIO()
    bundle(made, one, batch=3)
    bundle(made, other, batch=17)
    assert one.getvalue() == other.getvalue()


def test_any_zip_program_reads_it_and_the_manifest_names_every_member(made: Made, tmp_path: Path) -> None:
    with zipfile.ZipFile(write(made, tmp_path / "all.zip")) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        for name in archive.namelist():
            if name != "manifest.json":
                raw = archive.read(name)
                assert manifest["members"][name] == {"bytes": len(raw), "sha256": sha256(raw).hexdigest()}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_missing_entry_is_refused_while_writing(made: Made) -> None:
    scope = Scope(company_id=COMPANY, created_us=CREATED, origin=made.origin, first=0, last=16)
    with BundleWriter(io.BytesIO(), scope) as writer:
        writer.add(made.records[:5])
        with pytest.raises(BundleRefused, match="entry 5 is not there"):
            writer.add(made.records[6:])
    with pytest.raises(BundleRefused), BundleWriter(io.BytesIO(), Scope(**{**_fields(scope), "last": -1})):
        pass


def _fields(scope: Scope) -> dict[str, object]:
    return {name: getattr(scope, name) for name in scope.__struct_fields__}


def test_memory_does_not_grow_with_the_ledger(made: Made, tmp_path: Path) -> None:
    """A hundred megabytes of documents through the writer, and never more than a few in memory."""
    record = made.records[3]
    large = bytes(1_000_000)

    def records(count: int) -> list[object]:
        return [_replace(record, seq=seq, attached=large) for seq in range(3, 3 + count)]

    scope = Scope(company_id=COMPANY, created_us=CREATED, origin=made.origin, first=3, last=102)
    with (tmp_path / "large.zip").open("w+b") as file, BundleWriter(file, scope) as writer:
        tracemalloc.start()
        writer.add(records(100))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 10_000_000


def _replace(record: object, **changes: object) -> object:
    import msgspec

    return msgspec.structs.replace(record, **changes)  # type: ignore[type-var]


def test_the_bundle_carries_its_specification_and_verifier(made: Made, tmp_path: Path) -> None:
    from ledger.bundle.writer import bundled_pages

    path = write(made, tmp_path / "all.zip", pages=bundled_pages())
    with zipfile.ZipFile(path) as archive:
        assert archive.read("verify.py") == VERIFIER.read_bytes()
        assert archive.read("SPEC.md").startswith(b"# The audit bundle")
        archive.extract("verify.py", tmp_path / "elsewhere")
    ended = subprocess.run(
        [sys.executable, "-I", "verify.py", str(path), "--json", "--deep", "--processes", "1"],
        cwd=tmp_path / "elsewhere",
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads(ended.stdout)["status"] == "ok"


def test_the_verifier_imports_nothing_of_ours_and_little_of_others() -> None:
    roots = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text())):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import needs the package around it"
            roots.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call):
            named = ast.unparse(node.func)
            assert named not in {"__import__", "importlib.import_module", "exec", "eval"}
    assert roots - sys.stdlib_module_names == ALLOWED

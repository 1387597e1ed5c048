"""House rules that no type checker knows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORES = ("gateway", "ubl", "peppol", "ledger", "certs", "schemas", "migrations")
SOURCES = [path for core in CORES for path in sorted((ROOT / core).rglob("*.py"))]


def test_only_the_settings_read_the_environment() -> None:
    """The installer of the schemas hands its own on to the program it starts."""
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))
    }
    assert readers - {"schemas/install.py"} == {"gateway/settings/model.py"}


def test_every_module_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip() and not path.read_text(encoding="utf-8").startswith(('"""', "#"))
    ]
    assert silent == []


def test_no_file_has_a_name_that_means_nothing() -> None:
    names = {path.stem for path in SOURCES} | {path.parent.name for path in SOURCES}
    assert not names & {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "misc", "lib"}

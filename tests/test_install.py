"""What a bare machine is told, before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MACHINES = {
    "no python": ("exit 127", "Python 3.11 or newer is missing: apt-get install python3 python3-venv"),
    "old python": ('case "$2" in *version_info*) exit 1;; esac', "Python 3.11 or newer is missing"),
    "no venv": (
        'case "$2" in venv) mkdir -p .venv/bin; exit 1;; esac',
        "venv module is missing: apt-get install python3-venv",
    ),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_missing_is_told_in_one_line(tmp_path: Path, machine: str) -> None:
    behaviour, words = MACHINES[machine]
    shutil.copy(ROOT / "install.sh", tmp_path)
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{behaviour}\n")
    python.chmod(0o755)
    bare = {"PATH": "/usr/bin:/bin", "PYTHON": str(python)}
    done = subprocess.run(["sh", "install.sh"], cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (tmp_path / ".venv").exists(), "nothing half-made is left"


def test_make_itself_never_installs_system_packages() -> None:
    for name in ("Makefile", "install.sh"):
        commands = [line for line in (ROOT / name).read_text().splitlines() if "apt" in line]
        assert all("fail" in line or line.startswith("#") for line in commands), name

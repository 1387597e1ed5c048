"""What an installation from a wheel would hold: the program's own files, those that aren't Python too."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path, PurePath

ROOT = Path(__file__).parents[1]
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES = [pattern.removesuffix("*") for pattern in TOOLS["packages"]["find"]["include"]]


def carried() -> list[PurePath]:
    """Whatever lies beside the modules, as paths from here; not what an installation fetches for itself."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    rest = (
        path
        for path in found
        if path.suffix not in {".py", ".pyc"} and not path.name.startswith(".") and "installed" not in path.parts
    )
    return [path.relative_to(ROOT) for path in rest]


def test_every_file_of_the_program_is_packed() -> None:
    files, patterns = carried(), TOOLS["package-data"]["*"]
    assert {path.suffix for path in files} >= {".html", ".css", ".sql", ".txt"}, "nothing was looked at"
    left_out = [str(path) for path in files if not any(fnmatch(path.name, pattern) for pattern in patterns)]
    assert left_out == []


def test_every_package_is_packed() -> None:
    """Folders without `__init__.py` are packed as well, as long as nobody switches that off."""
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert ours == set(PACKAGES)
    assert TOOLS["packages"]["find"].get("namespaces", True)

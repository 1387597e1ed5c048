"""The documents say what is so: names resolve, paths exist, commands run."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BY_CI = {"make run ONCE=1", "make test", "make check"}
"""Commands that `.ci/run` itself runs."""
BY_HAND = re.compile(r"^(make (run|bench|fuzz|fix|migrate)\b|involinks |docker |git clone|cd |apt-get |export )")
"""Commands that keep serving, take long or need a machine of their own; their targets are checked to exist."""


def _commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [re.sub(r"\s+#.*", "", line).strip() for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("command", _commands())
def test_a_command_of_the_readme_works(command: str) -> None:
    if command.startswith("make "):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE), "no such target in the Makefile"
        if command in BY_CI:
            assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        return
    if command.startswith("involinks "):
        from gateway.__main__ import parser

        verbs = next(action.choices for action in parser()._actions if action.choices)
        assert command.split()[1] in verbs
        return
    if BY_HAND.match(command):
        return
    run = subprocess.run(
        shlex.split(command.replace("python ", f"{sys.executable} ", 1)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    expected = 1 if "check" in command and "broken" in command else 0
    assert run.returncode == expected, run.stdout + run.stderr


@pytest.mark.parametrize("name", ["life-of-an-invoice.md", "life-of-a-bill.md"])
def test_every_step_of_a_life_names_something_that_exists(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    names = re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)\(?\)?`", page)
    assert len(names) > 20
    for name in names:
        parts = name.split(".")
        for cut in range(len(parts), 0, -1):
            try:
                module = importlib.import_module(".".join(parts[:cut]))
            except ModuleNotFoundError:
                continue
            reduce(getattr, parts[cut:], module)
            break
        else:
            pytest.fail(f"{name} names nothing")


def test_every_row_of_the_coverage_page_points_to_files_that_exist() -> None:
    rows = [line for line in (DOCS / "coverage.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    facts = [row for row in rows if not row.startswith(("| part", "| row"))]
    assert len(facts) > 40
    for row in facts:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[-1].startswith(("met", "not met", "partly")), row
        paths = re.findall(r"`([^`*]+)`", " ".join(cells[1:-1]))
        assert paths or cells[-1].startswith("not met"), row
        for path in paths:
            assert (ROOT / path.split("::")[0]).exists(), f"{path} in: {row}"


def test_every_decision_is_in_the_index() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in (DOCS / "decisions").glob("[0-9]*.md"):
        assert page.name in index

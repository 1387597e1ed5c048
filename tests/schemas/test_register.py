"""An operator's own copy of the official rules is known by its digests."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.__main__ import main
from schemas.manifest import MANIFEST
from schemas.register import RegistryError, register, registered
from tests.schemas.test_install import SET


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "trn-invoice").mkdir(parents=True)
    (folder / "trn-invoice" / "aligned.xslt").write_text("<a/>")
    (folder / "list.gc").write_text("<b/>")
    (folder / "README.txt").write_text("not a rule")
    return folder


def test_a_rule_set_is_registered_by_its_files(rules: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    assert registered(installed=installed) == ()
    entry = register(rules, installed=installed)
    assert set(entry.files) == {"trn-invoice/aligned.xslt", "list.gc"}
    assert registered(installed=installed) == (entry,)
    assert register(rules, installed=installed).digest == entry.digest
    assert registered(installed=installed) == (entry,)


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_a_changed_rule_is_no_official_one(rules: Path, tmp_path: Path, change: str) -> None:
    installed = tmp_path / "installed"
    before = register(rules, installed=installed)
    file = rules / "list.gc"
    file.write_text("<c/>") if change == "edit" else file.unlink()
    with pytest.raises(RegistryError, match=r"list\.gc is not as registered"):
        registered(installed=installed)
    assert register(rules, installed=installed).digest != before.digest


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"\*\.xslt"):
        register(tmp_path, installed=tmp_path / "installed")


def test_the_command_registers_beside_the_schemas(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = ["--from", str(SET), "--into", str(tmp_path / "installed")]
    assert main(["install", *into, str(rules)]) == 0
    assert "2 files registered" in capsys.readouterr().out
    assert main(["install", *into, str(tmp_path / "nowhere")]) == 1
    assert "unpack the published zip" in capsys.readouterr().err
    assert (tmp_path / "installed" / MANIFEST.id).is_dir()

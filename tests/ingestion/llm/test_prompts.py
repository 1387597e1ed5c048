"""What a model is told: a text for each kind, by its digest, and in what is installed."""

from __future__ import annotations

import fnmatch
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from ingestion import prompts
from ingestion.document import Column, Kind, Term
from ingestion.extract.llm.answer import SCHEMA_JSON

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_own_words_under_a_digest_of_all_that_is_said(kind: Kind) -> None:
    made = prompts.prompt(kind, SCHEMA_JSON)
    assert made.digest == sha256(made.text.encode() + b"\0" + SCHEMA_JSON).hexdigest()
    assert made.digest not in {prompts.prompt(other, SCHEMA_JSON).digest for other in Kind if other is not kind}
    assert made.digest != prompts.prompt(kind, SCHEMA_JSON + b" ").digest


def test_every_term_and_column_that_may_be_answered_is_explained() -> None:
    text = prompts.prompt(Kind.INVOICE, SCHEMA_JSON).text
    for name in [*Term, *Column]:
        assert f"\n- {name.value}: " in text
    assert all(kind.value in text for kind in Kind)


def test_the_texts_are_part_of_what_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    folder = ROOT / "ingestion" / "prompts"
    files = [each.name for each in folder.iterdir() if each.is_file() and each.suffix != ".py"]
    assert len(files) == len(Kind) + 1
    assert all(any(fnmatch.fnmatch(name, pattern) for pattern in patterns) for name in files)

"""docs/matching.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from ingestion.matching import Code, Word, verdict

PAGE = Path(__file__).parents[3] / "docs" / "matching.md"


def test_the_page_names_every_finding_and_no_other():
    section = PAGE.read_text().split("## The findings")[1].split("## ")[0]
    assert set(re.findall(r"`([a-z_]+)`", section)) == {code.value for code in Code}


def test_the_page_has_the_modules_own_table_of_boundaries():
    def table(text):
        return [line for line in text.splitlines() if line.startswith("|") and "|---" not in line][:6]

    assert table(PAGE.read_text()) == table(verdict.__doc__)
    assert {line.split("|")[2].strip() for line in table(verdict.__doc__)[1:]} == {word.value for word in Word}

"""The story believes a package only where the verifier that lies in it does."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from gateway.demo.story.evidencing import verified
from gateway.demo.telling import StoryBroken
from ledger import verifier


def package(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in ("verify.py", "verify_evidence.py"):
            file.write(Path(verifier.__file__).parent / name, name)
        for name, content in members.items():
            file.writestr(name, content)
    return path


async def test_a_package_that_does_not_hold_ends_the_story(tmp_path: Path) -> None:
    with pytest.raises(StoryBroken, match=r"(?s)lost.zip doesn't hold.*manifest"):
        await verified(package(tmp_path / "lost.zip", SHA256SUMS=""))

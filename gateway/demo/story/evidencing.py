"""What became of the document whose answer was lost, and one file that proves it to anybody."""

from __future__ import annotations

import asyncio
import sys
import zipfile
from pathlib import Path
from typing import Any

from gateway.demo.story.losing import LOST
from gateway.demo.story.stage import Stage, until
from gateway.demo.telling import StoryBroken

_VERIFIER = ("verify_evidence.py", "verify.py")


async def evidence(stage: Stage) -> None:
    """The five facts, then the package with everything behind them, checked by a program that knows nothing of us."""
    stage.tell.step("The lost answer's end: five facts, and the file that proves them without us")
    path = f"/v1/invoices/{stage.documents[LOST]['id']}"

    async def delivered() -> dict[str, Any] | None:
        shown: dict[str, Any] = await stage.erp.ask("GET", path)
        return shown if shown["facts"]["receiver"]["outcome"] == "delivered" else None

    shown = await until(delivered, f"{stage.documents[LOST]['number']} is known to be delivered")
    stage.tell.fact(f"{shown['number']}: {shown['headline']['en']}")
    for name, fact in shown["facts"].items():
        proof = f" (entry {fact['evidence']['seq']} of the ledger)" if fact["evidence"] else ""
        stage.tell.detail(f"{name:<10} {fact['state']:<8} {fact['reason']['en']}{proof}")
    package = stage.folder / f"{shown['number']}-evidence.zip"
    package.write_bytes(await stage.erp.read(f"{path}/evidence"))
    stage.tell.fact(f"evidence package, {package.stat().st_size // 1024} KB: {package}")
    for line in await verified(package):
        stage.tell.detail(line)


async def verified(package: Path) -> list[str]:
    """What the verifier says that lies in the package; its own process, without our code and environment."""
    folder = package.with_suffix("")
    with zipfile.ZipFile(package) as members:
        for name in _VERIFIER:
            members.extract(name, folder)
    process = await asyncio.create_subprocess_exec(
        sys.executable, _VERIFIER[0], str(package), cwd=folder, env={},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise StoryBroken(f"{package} doesn't hold: {said.decode(errors='replace')}")
    return said.decode().splitlines()

"""A look into one mailbox in a process of its own that kills itself at a step. Its orders come as JSON on stdin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from certs import Kek, KeyRing, LocalKeyStore
from gateway.db import Database
from gateway.mailboxes import fetching, journal
from gateway.settings import Settings
from gateway.storage.folder import FolderStorage
from gateway.wiring import Wiring

PLACES = {"taken": (journal, "settle"), "moved": (journal, "moved")}
"""Step -> what is never reached behind it."""


async def die(*_: object, **__: object) -> None:
    """As from `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


async def work(orders: dict[str, str]) -> None:
    """The look."""
    ring, nothing = KeyRing(Kek.parse(orders["kek"])), cast("Any", None)
    database = Database(orders["dsn"], pool_size=3)
    with ThreadPoolExecutor(2) as executor:
        wiring = Wiring(
            settings=Settings(),
            database=database,
            storage=FolderStorage(Path(orders["objects"])),
            key_ring=ring,
            keys=LocalKeyStore(ring, bits=2048),
            provider=nothing,
            executor=executor,
        )
        setattr(*PLACES[orders["dies"]], die)
        await fetching.fetch(
            wiring, UUID(orders["company"]), UUID(orders["mailbox"]), now=datetime.fromisoformat(orders["now"])
        )


if __name__ == "__main__":
    asyncio.run(work(json.load(sys.stdin)))

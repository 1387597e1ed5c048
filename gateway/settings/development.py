"""Keys for a machine of a developer: made at first use, kept under `home`, recognised and refused in live mode."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from certs import Kek
from gateway.settings.model import Settings
from gateway.settings.values import Secret

MARK = "development-"
"""How every development secret but the key-encryption key begins."""


class DevelopmentSecrets(msgspec.Struct, frozen=True):
    """The file's content."""

    kek: str
    provider_token: str
    provider_secret: str

    def __repr__(self) -> str:
        return "DevelopmentSecrets(...)"


def with_development_secrets(settings: Settings) -> Settings:
    """In test mode, the same settings with every missing secret filled in; in live mode the settings themselves."""
    missing = settings.kek is None or settings.provider_token is None or not settings.provider_secrets
    if settings.mode == "live" or not missing:
        return settings
    kept = known(settings.home) or _make(settings.home)
    return msgspec.structs.replace(
        settings,
        kek=settings.kek or Secret(kept.kek),
        provider_token=settings.provider_token or Secret(kept.provider_token),
        provider_secrets=settings.provider_secrets or (Secret(kept.provider_secret),),
    )


def known(home: Path) -> DevelopmentSecrets | None:
    """What was made here earlier."""
    try:
        return msgspec.json.decode(_file(home).read_bytes(), type=DevelopmentSecrets)
    except FileNotFoundError:
        return None


def _make(home: Path) -> DevelopmentSecrets:
    made = DevelopmentSecrets(
        kek=Kek.make(development=True).text(),
        provider_token=MARK + secrets.token_urlsafe(24),
        provider_secret=MARK + secrets.token_urlsafe(24),
    )
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    scratch = home / f".development.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(made)))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(scratch, _file(home))  # fails where another process was faster: its keys are ours then
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
    kept = known(home)
    return kept if kept is not None else made


def _file(home: Path) -> Path:
    return home / "development.json"

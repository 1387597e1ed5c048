"""What must be installed, where it comes from and what each file must hash to; read once from `manifest.toml`."""

import tomllib
from pathlib import Path

from msgspec import Struct, convert

HERE = Path(__file__).resolve().parent
INSTALLED = HERE / "installed"
"""Where `python -m schemas install` puts the files; not under version control."""

COMMAND = "python -m schemas install"


class SchemasNotInstalled(LookupError):
    """A schema was asked for before it was installed; the message names the command. Never taken for a verdict."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The official schema {name} is not installed. Run: {COMMAND}")


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """One published set of schemas, as we trust it."""

    id: str
    """Folder below `installed/`."""
    title: str
    version: str
    valid_from: str
    """Day of publication, ISO 8601."""
    publisher: str
    package: str
    """Distribution on the Python package index that carries the files unmodified, as `name==version`."""
    package_sha256: str
    documents: dict[str, str]
    """Document name (`Invoice-2`) -> its file, relative to the set's folder."""
    files: dict[str, str]
    """File, relative to the set's folder -> SHA-256 in hex."""


MANIFEST: Manifest = convert(tomllib.loads((HERE / "manifest.toml").read_text("utf-8")), Manifest)

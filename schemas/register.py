"""Official rule sets that an operator has at hand, registered by digest; we never carry or fetch them.

`python -m schemas install DIR` registers the folder of one rule set as OpenPeppol publishes it, unpacked. The files
stay where they are; what is kept is a list of them with their digests, so that nobody mistakes a changed rule for an
official one. A reference run (`python -m ubl check --reference`) takes its stylesheets from here.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from schemas.manifest import INSTALLED

KINDS = (".xslt", ".xsl", ".sch", ".xsd", ".gc")
"""Files of a rule set: compiled and plain Schematron, schemas, code lists."""


class RegistryError(Exception):
    """Nothing to register, or a registered file is gone or changed; the message says which."""


class RuleFiles(Struct, frozen=True, forbid_unknown_fields=True):
    """One registered rule set."""

    folder: str
    """Absolute path."""
    files: dict[str, str]
    """File, relative to the folder -> SHA-256 in hex."""

    @property
    def digest(self) -> str:
        """One digest over all of them; the same files give the same digest wherever they lie."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def register(folder: Path, *, installed: Path = INSTALLED) -> RuleFiles:
    """Registers the rule set in `folder`, in place of what was registered for that folder. Raises `RegistryError`."""
    folder = folder.resolve()
    names = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in KINDS)
    if not any(path.suffix in (".xslt", ".xsl") for path in names):
        raise RegistryError(f"{folder} holds no compiled rules (*.xslt): unpack the published zip and name its folder")
    entry = RuleFiles(str(folder), {path.relative_to(folder).as_posix(): _digest(path) for path in names})
    others = [known for known in _load(installed) if known.folder != entry.folder]
    _save([*others, entry], installed)
    return entry


def registered(*, installed: Path = INSTALLED) -> tuple[RuleFiles, ...]:
    """All registered rule sets, each file looked at again. Raises `RegistryError` where one isn't as registered."""
    entries = _load(installed)
    for entry in entries:
        for name, digest in entry.files.items():
            file = Path(entry.folder) / name
            if not file.is_file() or _digest(file) != digest:
                raise RegistryError(f"{file} is not as registered: register its folder again, if that is meant")
    return tuple(entries)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _load(installed: Path) -> list[RuleFiles]:
    file = installed / "registered.json"
    return msgspec.json.decode(file.read_bytes(), type=list[RuleFiles]) if file.is_file() else []


def _save(entries: list[RuleFiles], installed: Path) -> None:
    """Written beside and renamed, so that a reader sees the old list or the new one."""
    installed.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=installed, prefix=".registered-")
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(entries)) + b"\n")
    Path(name).replace(installed / "registered.json")

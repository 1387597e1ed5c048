"""The corpus of good and bad bundles: `corpus.tar.xz`, and in `corpus.json` what verifiers must say of each.

    python -m tests.ledger.bundles.corpus      makes both anew

The files in the archive are named by their defects. They are committed, so that every verifier, in whatever language,
is held to the same bytes for ever; the tests also make them anew, with other keys.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import msgspec

from tests.ledger.bundles.defects import TABLE, Expected, Scene
from tests.ledger.bundles.made import Keyring

FOLDER = Path(__file__).parent
ARCHIVE, STATED = FOLDER / "corpus.tar.xz", FOLDER / "corpus.json"


def make(folder: Path) -> list[Expected]:
    """Make every file anew; what is expected of each."""
    scene = Scene(Keyring())
    for expected, maker in TABLE:
        maker(scene, folder / expected.file)
    return [expected for expected, _ in TABLE]


def unpack(folder: Path) -> list[Expected]:
    """The committed files."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return msgspec.json.decode(STATED.read_bytes(), type=list[Expected])


def commit(folder: Path) -> None:
    """Make them, and put them where they are committed."""
    expected = make(folder)
    STATED.write_bytes(msgspec.json.format(msgspec.json.encode(expected), indent=1) + b"\n")
    with tarfile.open(ARCHIVE, "w:xz", preset=9) as archive:
        for path in sorted(folder.iterdir()):
            info = tarfile.TarInfo(path.name)
            info.size = path.stat().st_size
            with path.open("rb") as file:
                archive.addfile(info, file)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        commit(Path(name))

"""A ledger in one file, to be carried away and verified elsewhere.

JSON Lines, bytes in base64: first the head and the public keys, then one record per line in order of seq, and behind
the last record of each batch its checkpoint. The file is no more trusted than a database: `ledger.verify` judges it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ledger.errors import CopyMalformed
from ledger.record import Checkpoint, Head, PublicKey, Record

FORM = "involinks-ledger-copy/2"


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line."""

    form: str
    head: Head
    keys: tuple[PublicKey, ...]


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every other line: one of the two."""

    record: Record | None = None
    checkpoint: Checkpoint | None = None


_OPENING = msgspec.json.Decoder(Opening)
_LINE = msgspec.json.Decoder(_Line)


class CopyWriter:
    """Writes a copy piece by piece; `finish` puts it in place, and without it the file never appears."""

    def __init__(self, path: Path, head: Head, keys: Sequence[PublicKey]) -> None:
        """`path` appears, or is replaced, when all is written."""
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._file = self._partial.open("wb")
        self._file.write(msgspec.json.encode(Opening(form=FORM, head=head, keys=tuple(keys))) + b"\n")

    def add(self, lines: Iterable[Record | Checkpoint]) -> None:
        """The next records, each checkpoint behind the last record that it covers."""
        for line in lines:
            wrapped = _Line(record=line) if isinstance(line, Record) else _Line(checkpoint=line)
            self._file.write(msgspec.json.encode(wrapped) + b"\n")

    def finish(self) -> None:
        """Close the file and give it its name."""
        self._file.close()
        self._partial.replace(self._path)

    def discard(self) -> None:
        """Close and remove what was written; nothing happens after `finish`."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


def read_opening(path: Path) -> Opening:
    """Head and keys. Raises `CopyMalformed`, `OSError`."""
    with path.open("rb") as file:
        try:
            opening = _OPENING.decode(file.readline())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CopyMalformed(f"{path} is no copy of a ledger: {error}") from error
    if opening.form != FORM:
        raise CopyMalformed(f"{path} is a copy of form {opening.form!r}, this program reads {FORM!r}")
    return opening


def read_lines(path: Path) -> Iterator[Record | Checkpoint]:
    """Records and checkpoints in the order of the file, one in memory at a time. Raises `CopyMalformed`, `OSError`."""
    with path.open("rb") as file:
        file.readline()
        for number, line in enumerate(file, 2):
            try:
                read = _LINE.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise CopyMalformed(f"line {number} of {path} is no record: {error}") from error
            held = read.record or read.checkpoint
            if held is None:
                raise CopyMalformed(f"line {number} of {path} holds neither a record nor a checkpoint")
            yield held

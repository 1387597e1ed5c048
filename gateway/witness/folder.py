"""What a witness keeps, as plain files in one folder.

    key              its private key, PEM, readable by its owner only; made at the first start
    logs             the logs it knows, a key (`name+id+base64`) a line, `#` begins a remark; edited by its operator
    learned          keys that were learned at first use, where it was told to learn
    seen/<sha256>    the last checkpoint it cosigned of each log, named by the hash of the log's origin

A checkpoint is written beside its place, synced, renamed into it, and the folder synced, before the answer leaves:
killed at any moment, the witness remembers at least what it ever said. One process at a time has the folder.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.storage.durable import sync_folder
from ledger import checkpoint
from ledger.cosignature import LOG, Cosigner, NoteKey
from ledger.errors import LedgerError, WitnessMalformed
from ledger.witness import AddCheckpoint, Answer, Log, Seen, decide


class WitnessRefuses(Exception):
    """The folder can't be used as it is; the sentence says what to do."""


class WitnessFolder:
    """The witness's memory and key; its methods may be called from any thread."""

    def __init__(self, folder: Path, name: str, *, learn: str = "") -> None:
        """`learn`: logs whose origin begins with this are learned at their first use; empty: none.

        Raises `WitnessRefuses`, `WitnessMalformed`, `OSError`.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._seen, self._learn = folder, folder / "seen", learn
        self._seen.mkdir(mode=0o700, exist_ok=True)
        self._locks = [Lock() for _ in range(64)]
        self._guard = Lock()
        self._stamp: tuple[tuple[int, int], ...] = ()
        self._logs: dict[str, Log] = {}
        self._hold = (folder / "lock").open("wb")
        try:
            self._take()
            self.cosigner = Cosigner(name, _private_key(folder / "key", begun=any(self._seen.iterdir())))
            self._log_of("")  # a file that can't be read is told at the start
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another process have the folder."""
        self._hold.close()

    def add_checkpoint(self, body: bytes, offered: str, *, now: datetime) -> Answer:
        """Decide, keep, answer. `offered`: the key that the sender says the log has, for learning.

        Raises `OSError` where nothing could be kept: then nothing was said either.
        """
        try:
            asked = AddCheckpoint.decode(body)
            note = checkpoint.parse(asked.note)
        except LedgerError as error:
            return Answer(400, f"{error}\n".encode())
        with self._lock_of(note.origin):
            log = self._log_of(note.origin)
            learning = None if log is not None else self._learnable(note.origin, offered)
            known = log if learning is None else Log(note.origin, (learning,))
            answer, keep = decide(known, self._last(note.origin), asked, note, self.cosigner, now=now)
            if keep is not None:
                if learning is not None:
                    self._keep_key(learning)
                self._keep(note.origin, keep)
            return answer

    def last(self, digest: str) -> bytes | None:
        """The last cosigned checkpoint of the log with this hash of its origin, for auditors; None: none."""
        try:
            return (self._seen / digest).read_bytes()
        except FileNotFoundError:
            return None

    def _take(self) -> None:
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WitnessRefuses(f"another witness has the folder {self._folder}") from None
        for left in self._folder.glob(".arriving-*"):
            left.unlink()  # of one that was killed while it wrote

    def _lock_of(self, origin: str) -> Lock:
        """Always the same for one log; some logs share one, so that strangers' origins can't fill the memory."""
        return self._locks[int(_digest(origin)[:2], 16) % len(self._locks)]

    def _last(self, origin: str) -> Seen | None:
        kept = self.last(_digest(origin))
        if kept is None:
            return None
        try:
            seen = Seen.of(kept)
        except LedgerError as error:
            raise OSError(f"what is kept of {origin} is damaged: {error}") from error
        return seen

    def _log_of(self, origin: str) -> Log | None:
        with self._guard:
            paths = [path for path in (self._folder / "logs", self._folder / "learned") if path.exists()]
            stamp = tuple((status.st_mtime_ns, status.st_size) for status in map(Path.stat, paths))
            if stamp != self._stamp:
                self._logs = _read_logs(paths)
                self._stamp = stamp
            return self._logs.get(origin)

    def _learnable(self, origin: str, offered: str) -> NoteKey | None:
        if not self._learn or not origin.startswith(self._learn):
            return None
        try:
            key = NoteKey.parse(offered, LOG)
        except WitnessMalformed:
            return None
        return key if key.name == origin else None

    def _keep_key(self, key: NoteKey) -> None:
        place = self._folder / "learned"
        with self._guard:
            before = place.read_bytes() if place.exists() else b""
            self._replace(place, before + f"{key.text()}\n".encode())

    def _keep(self, origin: str, seen: Seen) -> None:
        self._replace(self._seen / _digest(origin), seen.note)

    def _replace(self, place: Path, content: bytes) -> None:
        """All of it or what was there before, whatever happens meanwhile; durable on return."""
        scratch = self._folder / f".arriving-{secrets.token_hex(8)}"
        try:
            with scratch.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(place)
        finally:
            scratch.unlink(missing_ok=True)
        sync_folder(place.parent)


def _digest(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()


def _read_logs(paths: list[Path]) -> dict[str, Log]:
    logs: dict[str, Log] = {}
    for path in paths:
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            text = line.partition("#")[0].strip()
            if text:
                try:
                    key = NoteKey.parse(text, LOG)
                except WitnessMalformed as error:
                    raise WitnessRefuses(f"{path}, line {number}: {error}") from error
                known = logs.get(key.name)
                logs[key.name] = Log(key.name, (*(known.keys if known else ()), key))
    return logs


def _private_key(path: Path, *, begun: bool) -> Ed25519PrivateKey:
    """The key in the file, or a new one. `begun`: it has cosigned before, so a missing key is a loss and told."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise WitnessRefuses(f"{path} can be read by others; chmod 600 it, if nobody has")
        private = load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        if begun:
            raise WitnessRefuses(f"{path} is gone, though this witness has cosigned: bring it back") from None
        return _make_key(path)
    except (ValueError, TypeError) as error:
        raise WitnessRefuses(f"{path} holds no private key in PEM: {error}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise WitnessRefuses(f"{path} holds a key that is not Ed25519")
    return private


def _make_key(path: Path) -> Ed25519PrivateKey:
    private = Ed25519PrivateKey.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return private

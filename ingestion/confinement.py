"""A process that may fail: for libraries in C that open strangers' files.

The process gets an empty environment, no open file but its pipes, no secret, bounds on memory and time, and is kept for
the next file, so that confinement costs the transport of bytes and not a start. It isn't cut off from the network or
from files its account may read: that is left to whoever runs the service.

    Confinement         our side: asks, waits, kills, starts anew, closes what is idle
    confine, answering  the process's side

Messages either way: the lengths of head and body, the head, the body. The first one from the process is empty: it is
ready.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from ingestion.errors import Unavailable

FRAME = struct.Struct("!IQ")
"""Before each message: length of its head, and of its body."""
_EXHAUSTED = 75
"""Exit code of a process whose memory ran out."""
_ROOT = Path(__file__).parents[1]


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of process is."""

    module: str
    """Run as `python -m`."""
    argument: bytes
    """Its bounds and settings, JSON."""
    does: str
    """In words: `reads PDFs`."""
    patience: float
    """Seconds by the clock for one answer, after which the machine rather than the file is taken to be at fault."""
    uses: int
    """Questions for one process, so that a leak never grows old."""
    idle: float | None = None
    """Seconds without a question after which the process is ended; None: it stays."""
    environment: Mapping[str, str] = {}
    writes: bool = False
    """Whether it needs a folder of its own, as HOME and TMPDIR."""


class GaveUp(Exception):
    """A file used up what it may take of time or memory, or crashed two processes: trying again won't help."""


class Confinement:
    """One process for one question at a time; several threads may ask, and wait for each other."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._watch: threading.Timer | None = None
        self._asked = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; the next question starts another."""
        with self._lock:
            self._end()

    def _ask(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Its answer. A crash is tried again with a fresh process. Raises `GaveUp` and `Unavailable`."""
        killed = False
        with self._lock:
            try:
                for _ in range(2):
                    try:
                        return self._once(head, body)
                    except _EndedError as ended:
                        self._end()
                        if ended.late:
                            raise Unavailable(
                                f"The process that {self._role.does} didn't answer within {self._role.patience:.0f} s:"
                                " the machine is busy. Try again."
                            ) from None
                        if ended.exhausted:
                            break
                        killed = ended.killed
                if killed:
                    raise Unavailable(
                        f"The process that {self._role.does} was killed: the machine may be short of memory. Try again."
                    )
                raise GaveUp
            finally:
                self._asked = time.monotonic()
                self._rest_later()

    def _once(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        if self._process is None or self._process.uses >= self._role.uses:
            self._end()
            self._process = _Process(self._role)
        return self._process.ask(head, body)

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._process is not None:
            self._process.end()
            self._process = None

    def _rest_later(self, seconds: float | None = None) -> None:
        if self._role.idle is None or self._process is None or (self._watch is not None and seconds is None):
            return
        self._watch = threading.Timer(self._role.idle if seconds is None else seconds, self._rest)
        self._watch.daemon = True
        self._watch.start()

    def _rest(self) -> None:
        """End the process unless it was asked meanwhile."""
        assert self._role.idle is not None  # noqa: S101 - the watch is set only then
        with self._lock:
            if self._watch is not threading.current_thread():
                return
            left = self._asked + self._role.idle - time.monotonic()
            if left > 0:
                self._rest_later(left)
            else:
                self._end()


class _EndedError(Exception):
    """The process is of no use any more."""

    def __init__(self, *, exhausted: bool = False, late: bool = False, killed: bool = False) -> None:
        super().__init__()
        self.exhausted = exhausted
        """By its own doing: trying again won't help."""
        self.late = late
        self.killed = killed
        """From outside, as by a kernel whose memory ran out."""


class _Process:
    """The process, its pipes, and a folder for its last words and whatever it writes."""

    def __init__(self, role: Role) -> None:
        self.uses = 0
        self._patience = role.patience
        self._late = False
        self._folder = tempfile.TemporaryDirectory(prefix="involinks-")
        own = {"TMPDIR": self._folder.name, "HOME": self._folder.name} if role.writes else {}
        try:
            with (Path(self._folder.name) / "errors").open("wb") as errors:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, started by our own interpreter
                    [sys.executable, "-P", "-B", "-m", role.module, role.argument],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env={
                        "PYTHONPATH": str(_ROOT),
                        "OPENBLAS_NUM_THREADS": "1",
                        "OMP_NUM_THREADS": "1",
                        **role.environment,
                        **own,
                    },
                    cwd="/",
                    start_new_session=True,  # so that what it starts goes with it
                )
        except OSError as error:
            self._folder.cleanup()
            raise Unavailable(f"The process that {role.does} can't be started: {error}") from error
        try:
            self._exchange(None)
        except _EndedError:
            words = self._last_words()
            self.end()
            raise Unavailable(f"The process that {role.does} can't be started: {words}") from None

    def ask(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Its answer. Raises `_EndedError`."""
        self.uses += 1
        return self._exchange((head, body))

    def _exchange(self, message: tuple[bytes, bytes] | None) -> tuple[bytes, bytes]:
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are pipes
        watch = threading.Timer(self._patience, self._give_up)
        watch.start()
        try:
            if message is not None:
                send(self._process.stdin, *message)
            return receive(self._process.stdout)
        except (BrokenPipeError, EOFError):
            code = self._process.wait()
            self._kill()
            raise _EndedError(
                exhausted=code in (-signal.SIGXCPU, _EXHAUSTED), late=self._late, killed=code == -signal.SIGKILL
            ) from None
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        """It and what it started; it leads a group of its own."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _last_words(self) -> str:
        words = (Path(self._folder.name) / "errors").read_text(errors="replace").strip()
        return words.rpartition("\n")[2][:300] or f"it ended with code {self._process.wait()}"

    def end(self) -> None:
        """Kills it, closes its pipes, empties its folder."""
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what a process that died never read
                    continue
        self._folder.cleanup()


def send(pipe: IO[bytes], head: bytes, body: bytes) -> None:
    """One message."""
    pipe.write(FRAME.pack(len(head), len(body)))
    pipe.write(head)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """One message. Raises `EOFError` where the other side is gone."""
    sizes = pipe.read(FRAME.size)
    if len(sizes) < FRAME.size:
        raise EOFError
    head, body = FRAME.unpack(sizes)
    data = pipe.read(head + body)
    if len(data) < head + body:
        raise EOFError
    return data[:head], data[head:]


def confine(memory: int, *, of: int = resource.RLIMIT_AS, files: int = 1_000_000, nice: int = 0) -> None:
    """In the process: bytes of memory (`of`: address space or data), bytes of a file it writes, steps of priority."""
    os.nice(nice)
    resource.setrlimit(of, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (files, files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answering(answer: Callable[[bytes, bytes], tuple[bytes, bytes]], *, seconds: int) -> None:
    """In the process: answer until standard input ends, or memory does; `seconds` of processor time for each."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    send(target, b"", b"")
    while True:
        try:
            question = receive(source)
        except EOFError:
            return
        _allow(seconds)
        try:
            reply = answer(*question)
        except MemoryError:
            os._exit(_EXHAUSTED)
        send(target, *reply)


def _allow(seconds: int) -> None:
    """So much processor time from now; then the kernel ends the process, whatever it is doing."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))

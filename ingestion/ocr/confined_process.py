"""The process behind `ingestion.ocr.confined`: one page after the other from standard input, until that ends.

python -m ingestion.ocr.confined_process '{"settings": ..., "bounds": ..., "limits": ...}'
"""

from __future__ import annotations

import os
import resource
import sys

import cv2
import msgspec
import numpy as np

from ingestion.errors import Missing, Refused, Unavailable
from ingestion.ocr import pictures, reading
from ingestion.ocr.confined import Answer, Limits, Request, Start
from ingestion.ocr.engine import Exhausted
from ingestion.ocr.engines import Engines
from ingestion.readers.confined import receive, send


def main() -> None:
    """Answers until standard input ends, or memory does."""
    start = msgspec.json.decode(sys.argv[1], type=Start)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _confine(start.limits)
    try:
        engines = Engines(start.settings)
    except Missing as missing:
        send(target, msgspec.msgpack.encode(Answer(missing=(missing.what, str(missing)))), b"")
        return
    send(target, msgspec.msgpack.encode(Answer()), b"")
    while True:
        try:
            head, body = receive(source)
        except EOFError:
            return
        _allow(start.limits.seconds)
        answer = answered(msgspec.msgpack.decode(head, type=Request), body, engines, start)
        send(target, msgspec.msgpack.encode(answer), b"")
        if answer.exhausted:
            return


def answered(request: Request, body: bytes, engines: Engines, start: Start) -> Answer:
    """One page, recognised."""
    try:
        if request.frame is None:
            drawn = np.frombuffer(body, np.uint8).reshape(request.height, request.width)
            sheet = pictures.fitted(drawn, 72 / request.dpi)
        else:
            sheet = pictures.sheet(body, request.frame, start.bounds)
        return Answer(page=reading.read(sheet, request.number, engines))
    except Refused as refused:
        return Answer(refused=(refused.code, str(refused)))
    except Missing as missing:
        return Answer(missing=(missing.what, str(missing)))
    except Unavailable as unavailable:
        return Answer(unavailable=str(unavailable))
    except Exhausted:
        return Answer(gave_up=True)
    except MemoryError:
        return Answer(exhausted=True)


def _confine(limits: Limits) -> None:
    os.nice(limits.nice)
    cv2.setNumThreads(1)
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """So much processor time from now; then the kernel ends the process, whatever it is doing."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    main()

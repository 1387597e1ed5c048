"""The process behind `ingestion.ocr.confined`: one page after the other from standard input, until that ends.

python -m ingestion.ocr.confined_process '{"settings": ..., "bounds": ..., "limits": ...}'
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from functools import cache

import cv2
import msgspec
import numpy as np

from ingestion.confinement import answering, confine
from ingestion.errors import Missing, Refused, Unavailable
from ingestion.ocr import pictures, reading
from ingestion.ocr.confined import Answer, Request, Start
from ingestion.ocr.engine import Exhausted
from ingestion.ocr.engines import Engines


def main() -> None:
    """Answers until standard input ends, or memory does."""
    start = msgspec.json.decode(sys.argv[1], type=Start)
    limits = start.limits
    confine(limits.memory, of=resource.RLIMIT_DATA, files=100_000_000, nice=limits.nice)
    cv2.setNumThreads(1)
    at_hand = cache(lambda: Engines(start.settings))

    def answer(head: bytes, body: bytes) -> tuple[bytes, bytes]:
        told = answered(msgspec.msgpack.decode(head, type=Request), body, at_hand, start)
        return msgspec.msgpack.encode(told), b""

    answering(answer, seconds=limits.seconds)


def answered(request: Request, body: bytes, engines: Callable[[], Engines], start: Start) -> Answer:
    """One page, recognised."""
    try:
        there = engines()
        if request.frame is None:
            drawn = np.frombuffer(body, np.uint8).reshape(request.height, request.width)
            sheet = pictures.fitted(drawn, 72 / request.dpi)
        else:
            sheet = pictures.sheet(body, request.frame, start.bounds)
        return Answer(page=reading.read(sheet, request.number, there))
    except Refused as refused:
        return Answer(refused=(refused.code, str(refused)))
    except Missing as missing:
        return Answer(missing=(missing.what, str(missing)))
    except Unavailable as unavailable:
        return Answer(unavailable=str(unavailable))
    except Exhausted:
        return Answer(gave_up=True)


if __name__ == "__main__":
    main()

"""RapidOCR: PP-OCRv6 on onnxruntime, its models inside the wheel. Nothing is installed beside it, nothing fetched.

It reads Latin letters, Western digits and Chinese; of Arabic it sees that something is written, which is told as
`Recognition.unread`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib.metadata import version

import cv2
import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from ingestion.document import Box
from ingestion.ocr.engine import Gray, Recognition, Seen

_AREA = 2_850_000
"""Pixels it is given at most: A4 of the 2,000 pixels of height that the engine would reduce it to. By area, so that a
long receipt keeps its width."""
_SLENDER = 4
"""Longer side by shorter one, beyond which paper is added: the engine enlarges until the shorter has 736 pixels."""
_SCORE = 0.5
"""Of a stretch of writing, below which it counts as unread."""
_QUIET = {
    "Global.log_level": "critical",
    "Global.use_cls": False,  # upside-down pages are turned as a whole
    "Global.text_score": 0.0,  # what is read badly is still told
    "Global.max_side_len": 20_000,
    "Global.return_word_box": True,
    "Rec.rec_batch_num": 1,  # the others of a batch are padded to its widest: 140 MB more, and no faster
}


class Rapid:
    """An `Ocr`. The first call loads the models, which takes about two seconds.

    Peak: 880 MB for a full page, of which 100 MB stay; it grows with the area of the picture, which is bounded.
    """

    peak = 1_100_000_000

    def __init__(self, *, threads: int = 1) -> None:
        """`threads`: of onnxruntime for one operation."""
        self.name = f"rapidocr {version('rapidocr')} PP-OCRv6"
        self._engine = RapidOCR(
            params=_QUIET
            | {
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def recognise(self, picture: Gray) -> Recognition:
        """See `Ocr`."""
        height, width = picture.shape
        scale = min(1.0, math.sqrt(_AREA / (width * height)))
        given = picture
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            given = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        rows, columns = given.shape
        margin = (max(0, columns // _SLENDER - rows), max(0, rows // _SLENDER - columns))
        padded = cv2.copyMakeBorder(given, 0, margin[0], 0, margin[1], cv2.BORDER_CONSTANT, value=255)
        coloured, record = self._engine.preprocess_img(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR))
        found, _, read, _ = self._engine.run_ocr_steps(coloured, record)
        if found.boxes is None or read.txts is None or read.word_results is None:
            return Recognition(words=())
        ratio = record["preprocess"]
        corners = (np.asarray(found.boxes, np.float64) - (0, record["padding_1"]["top"])) * (
            ratio["ratio_w"] * width / columns,
            ratio["ratio_h"] * height / rows,
        )
        corners = np.clip(corners, 0, (width, height))
        words: list[Seen] = []
        unread: list[Box] = []
        for quad, text, score, signs in zip(corners, read.txts, read.scores, read.word_results, strict=True):
            stretch = _Stretch(quad, text, signs)
            if not text.strip() or score < _SCORE:
                unread.append(stretch.box(0, 1))
            else:
                words.extend(stretch.words())
                unread.extend(stretch.gaps())
        return Recognition(tuple(words), tuple(unread))


class _Stretch:
    """A straight stretch of writing, cut into words by where along it the engine saw each sign."""

    def __init__(self, quad: npt.NDArray[np.float64], text: str, signs: object) -> None:
        self._quad = quad
        self._text = text
        places = [place for group in getattr(signs, "word_cols", None) or () for place in group]
        length = float(getattr(signs, "line_txt_len", 0)) or 1.0
        self._places = [min(1.0, (place + 0.5) / length) for place in places]
        self._sure = list(getattr(signs, "confs", None) or ())
        across = np.linalg.norm(quad[1] - quad[0])
        down = np.linalg.norm(quad[3] - quad[0])
        if down > 1.5 * across:  # the engine reads a tall one turned, from its foot to its top
            self._quad = quad[[3, 0, 1, 2]]
            across, down = down, across
        self._height = float(down / across) if across else 1.0
        """As a share of the length."""

    def box(self, start: float, end: float) -> Box:
        """Around a part of it; `start` and `end` are shares of its length."""
        above, below = self._quad[1] - self._quad[0], self._quad[2] - self._quad[3]
        points = np.array(
            [
                self._quad[0] + start * above,
                self._quad[0] + end * above,
                self._quad[3] + start * below,
                self._quad[3] + end * below,
            ]
        )
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return Box(float(x0), float(y0), float(x1), float(y1))

    def words(self) -> Iterator[Seen]:
        """Its words. A word's confidence is the mean of its signs'."""
        half = self._half()
        for signs in self._groups():
            text = "".join(self._text[index] for index, _ in signs)
            sure = [self._sure[index] for index, _ in signs if index < len(self._sure)]
            start = max(0.0, signs[0][1] - half)
            end = min(1.0, max(signs[-1][1] + half, start + half))
            yield Seen(text, self.box(start, end), sum(sure) / len(sure) if sure else 0.0)

    def gaps(self) -> Iterator[Box]:
        """Parts longer than three signs are high in which it saw writing and read none."""
        last = 0.0
        for place in [*self._places, 1.0]:
            if place - last > 3 * self._height:
                yield self.box(last, place)
            last = place

    def _half(self) -> float:
        """Half a sign's width: of the median distance between neighbours."""
        steps = np.diff(self._places)
        return float(np.median(steps)) / 2 if len(steps) else min(0.5, self._height / 3)

    def _groups(self) -> Iterator[list[tuple[int, float]]]:
        """The signs between spaces, each as its index in the text and its place."""
        places = iter(self._places)
        signs: list[tuple[int, float]] = []
        for index, sign in enumerate(self._text):
            if sign.isspace():
                if signs:
                    yield signs
                signs = []
                continue
            signs.append((index, next(places, signs[-1][1] if signs else 0.0)))
        if signs:
            yield signs

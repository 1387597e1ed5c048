"""Laying a page flat by its words: printed lines climb where a sheet was seen from the side, turned or curled.

How much a line climbs is measured between neighbouring words, and may change over the page: along a line by curl, from
line to line by perspective. Nothing is done to the picture; only where words stand to each other is set right.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ingestion.document import Box

_FEW = 12
"""Pairs of neighbours below which the page is taken as it is."""
_NEAR, _FAR = 3.0, 60.0
"""Heights between neighbours: first those that can't be mistaken, then, all but level, also those across a table."""
_STEEPEST = 0.2
"""Of a line: what climbs more isn't one."""
_Numbers = npt.NDArray[np.float64]


def flattened(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes as they would stand on a flat page: moved up or down, nothing else.

    >>> line = [Box(60 * place, 3 * place, 60 * place + 50, 3 * place + 20) for place in range(20)]
    >>> {round(box.y0 - flattened(line)[0].y0, 6) + 0.0 for box in flattened(line)}
    {0.0}
    """
    return _levelled(_levelled(tuple(boxes), _NEAR), _FAR)


def _levelled(boxes: tuple[Box, ...], reach_of: float) -> tuple[Box, ...]:
    """By pairs that are so far apart at most, in heights."""
    x, y = _middles(boxes)
    pairs = _pairs(boxes, reach_of)
    if len(pairs) < _FEW:
        return boxes
    first, second = pairs.T
    reach = x[second] - x[first]
    climb = (y[second] - y[first]) / reach
    scale = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    middle = float(x.mean())
    across, down = (x[first] + x[second]) / 2 - middle, (y[first] + y[second]) / 2
    terms = np.stack([np.ones_like(across), down / scale, across / scale], axis=1)
    found = _fitted(terms, climb, np.sqrt(reach))
    if found is None:
        return boxes
    base, lines, curl = found
    rise = base * (x - middle) + lines * y / scale * (x - middle) + curl * (x - middle) ** 2 / (2 * scale)
    return tuple(Box(box.x0, box.y0 - up, box.x1, box.y1 - up) for box, up in zip(boxes, rise.tolist(), strict=True))


def _middles(boxes: Sequence[Box]) -> tuple[_Numbers, _Numbers]:
    edges = np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes], np.float64).reshape(-1, 4)
    return (edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2


def _pairs(boxes: Sequence[Box], reach_of: float) -> npt.NDArray[np.intp]:
    """Each word with the next one in its line, as far as that is plain: near enough, and of about the same height."""
    found: list[tuple[int, int]] = []
    order = sorted(range(len(boxes)), key=lambda index: boxes[index].x0)
    for place, index in enumerate(order):
        box = boxes[index]
        high = box.y1 - box.y0
        best: tuple[float, int] | None = None
        for other in order[place + 1 :]:
            near = boxes[other]
            if near.x0 - box.x1 > reach_of * high:
                break
            size = near.y1 - near.y0
            if near.x0 < box.x1 - 0.3 * high or not 0.7 < size / max(high, 1e-6) < 1.4:
                continue
            off = abs(near.y0 + near.y1 - box.y0 - box.y1) / 2
            if off < 0.5 * high and (best is None or near.x0 < best[0]):
                best = near.x0, other
        if best is not None:
            found.append((index, best[1]))
    return np.array(found, np.intp).reshape(-1, 2)


def _fitted(terms: _Numbers, climb: _Numbers, weight: _Numbers) -> tuple[float, float, float] | None:
    """Least squares, three times, without what lies far off; as few terms as there are pairs to bear them."""
    kept = np.abs(climb) < _STEEPEST
    columns = 3 if kept.sum() > 5 * _FEW else 1
    found = np.zeros(3)
    for _ in range(3):
        if kept.sum() < _FEW:
            return None
        solved = np.linalg.lstsq(terms[kept, :columns] * weight[kept, None], climb[kept] * weight[kept], rcond=None)[0]
        found[:columns] = solved
        off = np.abs(climb - terms @ found)
        kept = (np.abs(climb) < _STEEPEST) & (off <= max(3 * float(np.median(off[kept])), 1e-3))
    return float(found[0]), float(found[1]), float(found[2])

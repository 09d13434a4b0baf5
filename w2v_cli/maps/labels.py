"""Where each label of a map goes: beside its point, clear of all others, or nowhere.

Labels are placed in the order of their importance, each at the first place of a fixed list
where it covers no point, no label and no leader line: touching the point, and else farther
off with a line to it. A point without such a place gets no label.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Label", "place_labels"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Directions to try in this order: beside the point, above, below, then aslant.
_AROUND = np.radians([0, 180, 90, 270, 30, 150, 330, 210, 60, 120, 300, 240])
_FAR_AROUND = np.radians([0, 180, 30, 150, 330, 210, 60, 120, 300, 240, 90, 270])
_FAR_AROUND = np.concatenate([_FAR_AROUND, _FAR_AROUND + np.radians(15)])
_TOUCHING = 1.5  # from the edge of a point to its label, in points (1/72 inch) as all lengths
_STEPS = np.array([7.0, 12.0, 18.0, 25.0, 33.0, 42.0, 52.0, 64.0])  # the same for leader lines
_PADDING = np.array([-1.0, -1.0, 1.0, 1.0])  # what a label keeps clear around it
_BEFORE = 0.8  # from the end of a leader line to its label
FEW = 0.05  # of all labels


class Label(NamedTuple):
    """A placed label: its lower left corner, and where a leader line meets it, if it has one."""

    corner: tuple[float, float]
    leader: tuple[float, float] | None


def place_labels(
    points: Floats, sizes: Floats, canvas: tuple[float, float], radius: float, reach: float
) -> list[Label | None]:
    """A place for the label of each point, or None; the most important come first.

    `points` and `sizes` (width, height) are (n, 2), and lie on a `canvas` from (0, 0) to (width,
    height), all in points (1/72 inch). Points are discs of that `radius`, and leader lines no
    longer than `reach`. Where only a few labels find no place, all are placed again with these
    first, as long as that helps.
    """
    steps = _STEPS[reach >= _STEPS]
    order = list(range(len(points)))
    best: list[Label | None] = [None] * len(points)
    while True:
        placed = _placed_in(order, points, sizes, canvas, radius, steps)
        missing = [i for i in order if placed[i] is None]
        if len(missing) >= best.count(None):
            return best
        best = placed
        if len(missing) > FEW * len(points):
            return best
        order = missing + [i for i in order if i not in missing]


def _placed_in(
    order: Sequence[int],
    points: Floats,
    sizes: Floats,
    canvas: tuple[float, float],
    radius: float,
    steps: Floats,
) -> list[Label | None]:
    """The place of each label if they are placed in that order."""
    dots = np.hstack([points - radius, points + radius])  # (n, 4) as left, bottom, right, top
    taken, leaders = dots, np.empty((0, 4))  # the labels placed so far follow the dots
    placed: list[Label | None] = [None] * len(points)
    for i in order:
        boxes = _candidates(points[i], sizes[i], radius, steps)
        lines = _leaders(points[i], boxes)
        far = np.arange(len(boxes)) >= len(_AROUND)
        near = _near(boxes, np.delete(taken, i, axis=0))
        free = _free(boxes, lines, far, near, leaders, canvas)
        if free.any():
            best = int(free.argmax())
            taken = np.vstack([taken, boxes[best]])
            x, y, *_ = boxes[best].tolist()
            if far[best]:
                leaders = np.vstack([leaders, lines[best]])
            placed[i] = Label((x, y), (lines[best, 2], lines[best, 3]) if far[best] else None)
    return placed


def _candidates(point: Floats, size: Floats, radius: float, steps: Floats) -> Floats:
    """The boxes (C, 4) to try for one label, best first: around the point, then ring by ring."""
    angles = np.concatenate([_AROUND, np.tile(_FAR_AROUND, len(steps))])
    gaps = radius + np.repeat([_TOUCHING, *steps], [len(_AROUND), *[len(_FAR_AROUND)] * len(steps)])
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (C, 2)
    # The nearest corner of a box, or the middle of its nearest side, lies on the ring.
    centers = point + gaps[:, np.newaxis] * ways + np.sign(ways.round(9)) * size / 2
    return np.hstack([centers - size / 2, centers + size / 2])


def _near(boxes: Floats, others: Floats) -> Floats:
    """Those of the other boxes that any of the candidates, or a line to it, could meet."""
    region = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
    return others[_overlap(others, (region + _PADDING)[np.newaxis])[:, 0]]


def _free(
    boxes: Floats,
    lines: Floats,
    far: Flags,
    taken: Floats,
    leaders: Floats,
    canvas: tuple[float, float],
) -> Flags:
    """Which candidates (C,) lie on the canvas and meet nothing, nor does the line to a far one."""
    padded = boxes + _PADDING
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2:] > canvas).any(axis=1)
    meets = _overlap(padded, taken).any(axis=1) | _cross(leaders, padded).any(axis=0)
    line_meets = _cross(lines, taken).any(axis=1) | _intersect(lines, leaders).any(axis=1)
    free: Flags = np.logical_not(outside | meets | (far & line_meets))
    return free


def _leaders(point: Floats, boxes: Floats) -> Floats:
    """Lines (C, 4) from the point to just before the nearest place on each box."""
    ends = np.clip(point, boxes[:, :2] - _BEFORE, boxes[:, 2:] + _BEFORE)
    return np.hstack([np.broadcast_to(point, ends.shape), ends])


def _overlap(first: Floats, second: Floats) -> Flags:
    """Whether the boxes (A, 4) and (B, 4) have an area in common: (A, B)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    overlapping: Flags = np.all(low < high, axis=2)
    return overlapping


def _cross(lines: Floats, boxes: Floats) -> Flags:
    """Whether the lines (A, 4) pass through the boxes (B, 4): (A, B)."""
    start, way = lines[:, None, :2], lines[:, None, 2:] - lines[:, None, :2]
    way = np.where(way == 0, 1e-12, way)  # a line along an axis
    one, other = (boxes[None, :, :2] - start) / way, (boxes[None, :, 2:] - start) / way
    enters = np.minimum(one, other).max(axis=2)
    leaves = np.maximum(one, other).min(axis=2)
    crossing: Flags = (enters < leaves) & (enters < 1) & (leaves > 0)
    return crossing


def _intersect(first: Floats, second: Floats) -> Flags:
    """Whether the lines (A, 4) and (B, 4) cross each other: (A, B)."""
    crossing: Flags = _apart(first, second) & _apart(second, first).T
    return crossing


def _apart(lines: Floats, others: Floats) -> Flags:
    """Whether the ends of lines (B, 4) lie on different sides of lines (A, 4): (A, B)."""
    start, way = lines[:, None, :2], lines[:, None, 2:] - lines[:, None, :2]
    one, other = others[None, :, :2] - start, others[None, :, 2:] - start
    turns = [way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0] for to in (one, other)]
    apart: Flags = turns[0] * turns[1] < 0
    return apart

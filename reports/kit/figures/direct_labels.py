"""Names at the ends of curves, where they can stand without touching another curve; else the figure keeps a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bench.reports.kit.figures.contrast import readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_CURVES = 4
_GAP = 0.015  # from a curve's end to its name, in widths of a panel
_LETTER = 0.0165  # a letter's width, rounded up
_HALF_HEIGHT = 0.035  # of a name, in heights of a panel
_WIDEST = 0.3  # more than this and the curves would have too little room
_POINTS_A_SEGMENT = 20

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class NamedCurve:
    """One curve: its name as it is drawn, its colour, its points in data units, the last with the name beside it.

    `others` are lines of the same case that the names must not touch either.
    """

    name: str
    colour: str
    points: Points
    others: tuple[Points, ...] = ()


@dataclass(frozen=True)
class _Box:
    left: float
    right: float
    bottom: float
    top: float

    def holds(self, places: npt.NDArray[np.float64]) -> bool:
        x, y = places[:, 0], places[:, 1]
        return bool(((self.left < x) & (x < self.right) & (self.bottom < y) & (y < self.top)).any())

    def touches(self, other: _Box) -> bool:
        is_beside = self.right <= other.left or other.right <= self.left
        return not is_beside and self.bottom < other.top and other.bottom < self.top


def name_ends(panel: Axes, curves: Sequence[NamedCurve]) -> bool:
    """Write each curve's name right of its end, on limits widened for that; return False and write none if it is tight.

    The panel's limits and scales must stand. Only a linear axis is widened.
    """
    from matplotlib.patheffects import withStroke  # noqa: PLC0415 - half a second that only a report pays for

    if not curves or len(curves) > _MAX_CURVES:
        return False
    before = panel.get_xlim()
    _widen(panel, curves)
    boxes = [_box(panel, curve) for curve in curves]
    if not _are_free(panel, curves, boxes):
        panel.set_xlim(before)
        return False
    halo = withStroke(linewidth=3, foreground="white")  # a seed's thin line may pass behind
    for curve in curves:
        panel.annotate(
            curve.name, curve.points[-1], xytext=(7, 0), textcoords="offset points", va="center", fontsize=9,
            fontweight="bold", color=readable(curve.colour), path_effects=[halo],
        )  # fmt: skip
    return True


def _are_free(panel: Axes, curves: Sequence[NamedCurve], boxes: Sequence[_Box]) -> bool:
    lines = [_places(panel, points) for curve in curves for points in (curve.points, *curve.others)]
    is_free = not any(box.holds(line) for box in boxes for line in lines)
    is_apart = not any(one.touches(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])
    return is_free and is_apart and all(box.right <= 1 for box in boxes)


def _widen(panel: Axes, curves: Sequence[NamedCurve]) -> None:
    """Move the right limit so far that every name ends within the panel."""
    if panel.get_xscale() != "linear":
        return
    left, right = panel.get_xlim()
    for curve in curves:
        width = min(_width(curve.name), _WIDEST)
        right = max(right, left + (curve.points[-1][0] - left) / (1 - width))
    panel.set_xlim(left, right)


def _width(name: str) -> float:
    return _GAP + _LETTER * len(name)


def _box(panel: Axes, curve: NamedCurve) -> _Box:
    x, y = _places(panel, curve.points)[-1]
    # A hair's breadth for rounding: the widened limit is made to fit the widest name exactly.
    return _Box(x + _GAP / 2, x + _width(curve.name) - 1e-9, y - _HALF_HEIGHT, y + _HALF_HEIGHT)


def _places(panel: Axes, points: Points) -> npt.NDArray[np.float64]:
    """Return a curve's way as shares of the panel's width and height, close enough together to miss no name."""
    corners = np.asarray(points, dtype=np.float64)
    shares = (panel.transScale + panel.transLimits).transform(corners)
    steps = np.linspace(0, 1, _POINTS_A_SEGMENT, endpoint=False)[:, np.newaxis]
    ways = [start + steps * (end - start) for start, end in pairwise(shares)]
    way: npt.NDArray[np.float64] = np.concatenate([*ways, shares[-1:]])
    return way

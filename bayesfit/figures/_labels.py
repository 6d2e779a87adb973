"""Names beside points, without overlaps: each label takes the best free place near its point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

_ANGLES = np.arange(16) * np.pi / 8
_DISTANCES = np.array([5.0, 12.0, 20.0, 30.0, 42.0, 56.0, 72.0, 90.0])  # points
_NOWHERE = np.empty((0, 2))
HALO = [withStroke(linewidth=2.0, foreground="white")]


def place(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    *,
    avoid: np.ndarray,
    clear: np.ndarray = _NOWHERE,
    size: float = 7.0,
) -> None:
    """Label points, most crowded first, each where it hides least; long ways get a leader.

    Args:
        x, y: the points, in data coordinates; they are kept free too.
        avoid: further points (n, 2) that labels should not cover, such as those of a curve.
        clear: further points (n, 2) to keep free like the points themselves.
    """
    scale = _settle(ax)
    points = ax.transData.transform(np.column_stack([x, y])) / scale
    frame = ax.get_window_extent().extents
    frame = np.asarray(frame) / scale
    boxes = np.empty((0, 4))
    solid = np.vstack([points, ax.transData.transform(clear) / scale])
    soft = ax.transData.transform(avoid) / scale
    for i in map(int, _crowded_first(points)):
        text = ax.annotate(
            str(names[i]), (x[i], y[i]), xytext=(0, 0), textcoords="offset points", fontsize=size,
            path_effects=HALO, color="black", zorder=6, annotation_clip=True,
        )  # fmt: skip
        text.set_in_layout(False)
        extent = text.get_window_extent()
        wide, high = extent.width / scale, extent.height / scale
        offsets, candidates = _candidates(points[i], wide, high)
        middle = 0.5 * (candidates[:, :2] + candidates[:, 2:])
        paths = points[i] + np.linspace(0.15, 0.8, 8)[:, None, None] * (middle - points[i])
        cost = (
            np.hypot(*(middle - points[i]).T)
            + 1e6 * _outside(candidates, frame)
            + 1e4 * _overlaps(candidates, boxes)
            + 600.0 * _covered(candidates, solid)
            + 2.0 * _covered(candidates, soft)
            + 1e3 * _crosses(paths, boxes)
            + 25.0 * _astray(candidates, points, i)
        )
        best = int(np.argmin(cost))
        text.xyann = tuple(offsets[best])
        boxes = np.vstack([boxes, candidates[best]])
        solid = np.vstack([solid, paths[:, best]])
        if _gaps(candidates[best : best + 1], points[i : i + 1])[0, 0] > 6:
            _leader(ax, (float(x[i]), float(y[i])), candidates[best] - np.tile(points[i], 2))


def _settle(ax: Axes) -> float:
    """Run the layout once, so that pixels are final; pixels per point."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    return figure.dpi / 72


def _crowded_first(points: np.ndarray) -> np.ndarray:
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    return np.argsort(np.sort(apart, 1)[:, : min(4, len(points))].sum(1))


def _candidates(point: np.ndarray, wide: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Offsets of the text's lower left corner, and the boxes (x0, y0, x1, y1) they would fill."""
    angle, distance = (a.ravel() for a in np.meshgrid(_ANGLES, _DISTANCES))
    across, up = np.cos(angle), np.sin(angle)
    corner = np.column_stack([distance * across, distance * up])
    corner += np.column_stack([0.5 * (across - 1) * wide, 0.5 * (up - 1) * high])
    low = point + corner
    return corner, np.hstack([low, low + np.array([wide, high])])


def _outside(boxes: np.ndarray, frame: np.ndarray) -> np.ndarray:
    return np.any((boxes[:, :2] < frame[:2]) | (boxes[:, 2:] > frame[2:]), axis=1)


def _overlaps(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """How many taken boxes each box would touch."""
    low = np.maximum(boxes[:, None, :2], taken[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], taken[None, :, 2:])
    return (low < high + 1.0).all(2).sum(1)


def _covered(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How many points each box would cover."""
    inside = (points > boxes[:, None, :2] - 3) & (points < boxes[:, None, 2:] + 3)
    return inside.all(2).sum(1)


def _gaps(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """From each box to each point, the way between them (boxes, points)."""
    nearest = np.clip(points, boxes[:, None, :2], boxes[:, None, 2:])
    return np.hypot(*(nearest - points).transpose(2, 0, 1))


def _astray(boxes: np.ndarray, points: np.ndarray, own: int) -> np.ndarray:
    """How many other points each box is nearer to than to its own: readers would mistake it."""
    gaps = _gaps(boxes, points)
    return (gaps < gaps[:, [own]]).sum(1)


def _crosses(paths: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """How many steps of each leader (steps, candidates, 2) would run through a taken box."""
    path = paths[:, :, None]
    return ((path > taken[:, :2]) & (path < taken[:, 2:])).all(3).sum((0, 2))


def _leader(ax: Axes, point: tuple[float, float], box: np.ndarray) -> None:
    """A hairline from the point to the nearest edge of its label (box relative to the point)."""
    nearest = (np.clip(0.0, box[0], box[2]), np.clip(0.0, box[1], box[3]))
    line = ax.annotate(
        "", point, xytext=nearest, textcoords="offset points", zorder=4,
        arrowprops=dict(arrowstyle="-", lw=0.5, color="#777777", shrinkA=0, shrinkB=2),
    )  # fmt: skip
    line.set_in_layout(False)

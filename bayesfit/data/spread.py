"""Fewer runs of a large table, spread evenly: what a posterior, a figure or a check can work with.

A posterior takes some hundred thousand passes over its table, and thousands of runs say what tens
of thousands do: beyond that a law is off by more than its runs leave open.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ORDERS = ("C", "N", "D", "loss")  # what makes a run larger than another, the first that there is


def spread(
    columns: Sequence[np.ndarray], most: int, group: Sequence[str] | None = None
) -> np.ndarray:
    """Which runs to take of a table, in its own order (taken,).

    Of each group as many as of any other, and all of a group that has fewer; within a group evenly
    from its smallest run to its largest.

    Args:
        columns: what makes a run larger than another, then what decides between equal ones, each
            (runs,).
        most: how many runs to take, of all groups together.
        group: labels (runs,).
    """
    runs = len(columns[0])
    code = np.zeros(runs, int) if group is None else np.unique(group, return_inverse=True)[1]
    order = np.lexsort((*reversed(columns), code))
    counts = np.bincount(code)
    taken, begins = _shares(counts, most), np.cumsum(counts) - counts
    parts = [
        order[begin + np.unique(np.linspace(0, count - 1, share).round().astype(int))]
        for begin, count, share in zip(begins, counts, taken, strict=True)
    ]
    return np.sort(np.concatenate(parts))


def _shares(counts: np.ndarray, most: int) -> np.ndarray:
    """How many of each group: one number for all that have as many, in total at most `most`."""
    if counts.sum() <= most:
        return counts
    below, above = 1, int(counts.max())  # one run of a group is always taken
    while above - below > 1:
        middle = (below + above) // 2
        fits = np.minimum(counts, middle).sum() <= most
        below, above = (middle, above) if fits else (below, middle)
    return np.minimum(counts, below)

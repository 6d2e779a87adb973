"""How long work says how far it is: a function of (done, total), called between batches."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Say nothing."""

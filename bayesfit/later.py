"""What is worked out when somebody first looks, once for all copies of what holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """A function that is called once, however often it is asked.

    Args:
        compute: what it is; it may take arguments that do not change what it returns, such as
            where to report progress.
    """

    def __init__(self, compute: Callable[..., T]) -> None:
        self._compute, self._found = compute, list[T]()

    def __call__(self, *how: object) -> T:
        if not self._found:
            self._found.append(self._compute(*how))
        return self._found[0]

"""What is worked out when somebody first looks, once for all copies of what holds it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """A function that is called once, however often it is asked and by however many threads.

    Args:
        compute: what it is; it may take arguments that do not change what it returns, such as
            where to report progress.
    """

    def __init__(self, compute: Callable[..., T]) -> None:
        self._compute, self._found, self._one_at_a_time = compute, list[T](), Lock()

    def __call__(self, *how: object) -> T:
        with self._one_at_a_time:
            if not self._found:
                self._found.append(self._compute(*how))
            return self._found[0]

    def __deepcopy__(self, memo: object) -> Later[T]:
        return self

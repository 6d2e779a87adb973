"""What is worked out when somebody first looks, once for all copies of what holds it."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar

from bayesfit.errors import InputError

T = TypeVar("T")


class Later(Generic[T]):
    """A function that is called once, however often it is asked and by however many threads.

    Args:
        compute: what it is; it may take arguments that do not change what it returns, such as
            where to report progress.
    """

    def __init__(self, compute: Callable[..., T]) -> None:
        self._compute, self._found = compute, list[T]()
        self._one_at_a_time, self._begun = RLock(), False

    def __call__(self, *how: object) -> T:
        """What the function returns.

        Raises:
            InputError: the function itself asks.
        """
        with self._one_at_a_time:
            if self._begun:
                raise InputError("this is being worked out: look at it once it is there")
            if not self._found:
                self._begun = True
                try:
                    self._found.append(self._compute(*how))
                finally:
                    self._begun = False
            return self._found[0]

    def __deepcopy__(self, memo: object) -> Later[T]:
        return self

"""What is worked out once: for threads that ask at the same time, and for copies."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from threading import Barrier
from time import sleep

import pytest

from bayesfit import InputError
from bayesfit.later import Later


def test_threads_that_ask_at_once_get_the_same_and_it_is_worked_out_once():
    begun, together = [], Barrier(4, timeout=60)

    def compute(how="slowly"):
        begun.append(how)
        sleep(0.1)  # for as long as others need to ask too
        return object()

    def ask():
        together.wait()
        return later()

    later = Later(compute)
    with ThreadPoolExecutor(4) as pool:
        found = [one.result() for one in [pool.submit(ask) for _ in range(4)]]
    assert len(begun) == 1 and len(set(map(id, found))) == 1
    assert deepcopy(later)("quickly") is found[0] and begun == ["slowly"]


def test_what_failed_is_tried_again():
    answers = iter([ValueError("not yet"), 7])

    def compute():
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    later = Later(compute)
    with pytest.raises(ValueError, match="not yet"):
        later()
    assert later() == later() == 7


def test_what_looks_at_itself_is_refused_and_does_not_wait_for_ever():
    later = Later(lambda: later())
    with pytest.raises(InputError, match="being worked out"):
        later()

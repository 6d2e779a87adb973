"""Rules of FLOPs as text, such as ``6*N*D + 2e9*D``, read without evaluating them.

The grammar is closed, for a rule comes from a command line or from a saved file, and nothing of it
is ever run:

    sum:     product + product - ...       product:  signed * signed / ...
    signed:  -signed | power               power:    part ** signed
    part:    number | name | (sum) | log(sum) | exp(sum) | sqrt(sum)

Names are N, D and inputs of the law. ``^`` is ``**``, and what stands side by side is multiplied:
``6 N D`` is a rule too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.law import View

LONGEST, DEEPEST = 400, 40  # letters, and brackets or signs within one another
FUNCTIONS: dict[str, Callable[[Any], Any]] = dict(log=jnp.log, exp=jnp.exp, sqrt=jnp.sqrt)
MEASURED = "measured"  # C / (N D) of the runs, in place of a rule
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|[-+*/^()]))\s*"
)
Value = Callable[[View], Any]  # columns -> FLOPs, or a part of them


@dataclass(frozen=True)
class Rule:
    """FLOPs of training, as somebody wrote them: ``rule(columns)``.

    Two rules of one text are one, so that what was compiled for it is used again.

    Attributes:
        text: what was written.
        value: what it comes to.
        names: what it reads.
        said: what people read of it; its text if omitted.
    """

    text: str
    value: Value = field(compare=False)
    names: frozenset[str] = field(compare=False)
    said: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.said or self.text)  # as `law.cost_name` has it

    def __call__(self, columns: View) -> Any:
        return self.value(columns)


def read(text: str) -> Rule:
    """The rule that a text says.

    Raises:
        InputError: it cannot be read, or reads neither N nor D.
    """
    reading = _Reading(text)
    value = reading.sum(0)
    if reading.rest:
        raise reading.unreadable()
    missing = {"N", "D"} - reading.names
    if missing:
        raise InputError(f"the rule of FLOPs {text!r} does not read {missing.pop()}: 6*N*D does")
    if "C" in reading.names:
        raise InputError(f"the rule of FLOPs {text!r} reads C, which is what it comes to")
    return Rule(" ".join(text.split()), value, frozenset(reading.names))


def measured(runs: Runs) -> Rule:
    """k N D, with the geometric mean of C / (N D) of a table as k.

    Raises:
        InputError: the table has no N, D and C of its own.
    """
    missing = [name for name in ("N", "D", "C") if name not in runs.columns]
    if missing:
        raise InputError(f"{runs.name} has no {missing[0]} to measure FLOPs by: give a rule")
    ratio = runs["C"] / (runs["N"] * runs["D"])
    k = float(f"{np.exp(np.log(ratio).mean()):.4g}")
    said = f"{k:g} N D, as measured: the mean C / (N D) of the runs"
    if ratio.max() / ratio.min() > 1.001:
        said += f", which go from {ratio.min():.3g} to {ratio.max():.3g}"
    return Rule(f"{k:g}*N*D", read(f"{k:g}*N*D").value, frozenset("ND"), said)


class _Reading:
    """What is left to read of a rule; each method reads a part of it.

    Attributes:
        rest: tokens, the next one last.
        names: columns that were met.
    """

    def __init__(self, text: str) -> None:
        self.text, self.names = text, set[str]()
        tokens, place = [], 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found or len(text) > LONGEST:
                raise self.unreadable()
            tokens.append((found.lastgroup, found.group().strip()))
            place = found.end()
        self.rest = tokens[::-1]

    def unreadable(self) -> InputError:
        return InputError(
            f"cannot read the rule of FLOPs {self.text[:80]!r}: write it with numbers, N, D, "
            "inputs of the law, + - * / ** and brackets, such as 6*N*D + 2e9*D"
        )

    def comes(self, *signs: str) -> str:
        """The next token if it is one of these, which is then taken; or else nothing."""
        if self.rest and self.rest[-1][1] in signs:
            return self.rest.pop()[1]
        return ""

    def sum(self, depth: int) -> Value:
        left = self.product(depth)
        while sign := self.comes("+", "-"):
            left = partial(_added if sign == "+" else _taken, left, self.product(depth))
        return left

    def product(self, depth: int) -> Value:
        left = self.signed(depth)
        while self.rest and self.rest[-1][1] not in ("+", "-", ")"):
            sign = self.comes("*", "/")  # without one: side by side
            left = partial(_divided if sign == "/" else _multiplied, left, self.signed(depth))
        return left

    def signed(self, depth: int) -> Value:
        if depth > DEEPEST:
            raise self.unreadable()
        if self.comes("-"):
            return partial(_multiplied, _number(-1.0), self.signed(depth + 1))
        left = self.part(depth + 1)
        if self.comes("**", "^"):
            return partial(_raised, left, self.signed(depth + 1))
        return left

    def part(self, depth: int) -> Value:
        if self.comes("("):
            return self.bracket(depth)
        kind, token = self.rest.pop() if self.rest else ("", "")
        if kind == "number":
            return _number(float(token))
        if kind != "name":
            raise self.unreadable()
        if token in FUNCTIONS and self.comes("("):
            return partial(_applied, FUNCTIONS[token], self.bracket(depth))
        self.names.add(token)
        return partial(_column, token)

    def bracket(self, depth: int) -> Value:
        inside = self.sum(depth)
        if not self.comes(")"):
            raise self.unreadable()
        return inside


def _number(x: float) -> Value:
    return lambda columns: x


def _column(name: str, columns: View) -> Any:
    return getattr(columns, name)


def _added(left: Value, right: Value, columns: View) -> Any:
    return left(columns) + right(columns)


def _taken(left: Value, right: Value, columns: View) -> Any:
    return left(columns) - right(columns)


def _multiplied(left: Value, right: Value, columns: View) -> Any:
    return left(columns) * right(columns)


def _divided(left: Value, right: Value, columns: View) -> Any:
    return left(columns) / right(columns)


def _raised(left: Value, right: Value, columns: View) -> Any:
    return left(columns) ** right(columns)


def _applied(function: Callable[[Any], Any], inside: Value, columns: View) -> Any:
    return function(inside(columns))

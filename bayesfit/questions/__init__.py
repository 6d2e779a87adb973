"""Questions: what a fit can be asked, one question a file.

A question is a pure function of a fit; it prints nothing and returns an `Answer`. Its file ends
with `question = Question(ask=..., stages=...)`, and its name is that of the file:

    fit.ask("optimum", flops=[1e24, 1e25])
    bayesfit ask optimum results/chinchilla_approach3/pile --with flops=1e25
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from bayesfit import discovery
from bayesfit.answers import Answer
from bayesfit.errors import InputError

if TYPE_CHECKING:
    from bayesfit.data.runs import Runs
    from bayesfit.fitted import Fit
    from bayesfit.law import Law

STAGES = ("estimate", "bootstrap", "posterior", "refits")  # of a fit, in their order
Options = Mapping[str, Any]
Check = Callable[["Law", "Runs", Options], None]
_VARIADIC = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


def _anything(law: Law, runs: Runs, options: Options) -> None:
    """Every law can be asked."""


@dataclass(frozen=True)
class Question:
    """What can be asked of a fit.

    Attributes:
        ask: ``(fit, **options) -> Answer``. It raises InputError for an option that it does not
            know, or lacks.
        stages: the stages of a fit that it looks at (`STAGES`; all if left out); a command that
            fits runs only for this question leaves the others out.
        check: ``(law, runs, options) -> None``, which raises InputError before anything is fitted
            if the question makes no sense for the law, or an option cannot be used.
        before_runs: whether the priors of a law alone can answer it (`bayesfit.prior_fit`).
        doc: one line; that of `ask` if left out.
    """

    ask: Callable[..., Answer]
    stages: tuple[str, ...] = STAGES
    check: Check = _anything
    before_runs: bool = False
    doc: str = ""

    def __post_init__(self) -> None:
        strange = [stage for stage in self.stages if stage not in STAGES]
        if strange:
            raise InputError(f"there is no stage {strange[0]!r}; there are {', '.join(STAGES)}")
        doc = self.doc or (self.ask.__doc__ or "").strip().partition("\n")[0]
        object.__setattr__(self, "doc", doc)
        object.__setattr__(self, "check", _checked(self.ask, self.check))
        object.__setattr__(self, "ask", _after(self.check, self.ask))

    @property
    def options(self) -> tuple[str, ...]:
        """The names of its options."""
        return _options(self.ask)


def _options(ask: Callable[..., Answer]) -> tuple[str, ...]:
    _, *others = inspect.signature(ask).parameters.values()
    return tuple(p.name for p in others if p.kind not in _VARIADIC)


def _checked(ask: Callable[..., Answer], check: Check) -> Check:
    """The check, which also complains of options that the question has not."""

    def checked(law: Law, runs: Runs, options: Options) -> None:
        try:
            inspect.signature(ask).bind(None, **options)
        except TypeError as error:
            there = ", ".join(_options(ask)) or "none"
            raise InputError(
                f"the question cannot be asked so ({error}); its options are {there}"
            ) from error
        check(law, runs, options)

    return checked


def _after(check: Check, ask: Callable[..., Answer]) -> Callable[..., Answer]:
    """The question, asked of a fit once it is checked."""

    @wraps(ask)
    def asked(fit: Fit, **options: Any) -> Answer:
        check(fit.law, fit.runs, options)
        return ask(fit, **options)

    return asked


def names() -> list[str]:
    """The questions there are; imports none of them."""
    return discovery.names("question")


def load(name: str) -> Question:
    """The question of that name.

    Raises:
        InputError: there is none.
    """
    return discovery.load("question", name)


def ask(fit: Fit, name: str, **options: Any) -> Answer:
    """Ask a fit by the name of the question.

    Raises:
        InputError: there is no such question or option.
    """
    return load(name).ask(fit, **options)

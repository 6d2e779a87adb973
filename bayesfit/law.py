"""A law: the formula that a paper prints, and what is plausible for its parameters.

A law is data and a few pure functions, kept in one file of `models/`. The engine owns everything
else (bijections, objectives, samplers, optima), so a law file can be read beside the paper. What
the engine cannot know, a law declares: which rows of a table of curves it explains, what training
costs, and which of its parameters is the irreducible loss or the exponent of D.

Three sets of coordinates appear throughout:

* ``p``: the paper's own parameters (E, A, B, alpha, beta, ...), where the formula is written;
* ``theta``: the same law at a reference run in the middle of the data (the loss there, the share of
  it that scale can remove, ...), where priors mean the same for every tokenizer and size, and where
  the fit is well conditioned;
* ``q``: theta on the whole real line, flat; only the engine sees it (`bayesfit.problem`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bayesfit.errors import InputError

if TYPE_CHECKING:
    from bayesfit.data.runs import Runs

Values = dict[str, Any]  # parameter name -> number or array
View = SimpleNamespace  # the same, read as attributes: what a law's functions are given
Cost = Callable[[View], Any]  # columns (N, D and what is given) -> FLOPs
ROWS = ("final", "curve", "envelope")
ROLES = {
    "level": "the loss of the reference run, in theta",
    "irreducible": "the loss that no scale removes",
    "exponent_N": "exponent of N in the loss",
    "exponent_D": "exponent of D in the loss",
    "growth_N": "exponent of N* in compute",
    "growth_D": "exponent of D* in compute",
}


class Link(NamedTuple):
    """The scale on which a law explains its response and runs scatter.

    Attributes:
        name: what it is called.
        of, inverse: from the response to that scale, and back; elementwise, of numpy arrays.
        wanted: what the response has to be, in words.
        lowest, highest: what it has to lie between.
    """

    name: str
    of: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    wanted: str
    lowest: float
    highest: float


def _expit(x: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x)))


log = Link("log", np.log, np.exp, "above zero", 0.0, np.inf)
logit = Link("logit", lambda x: np.log(x / (1.0 - x)), _expit, "between zero and one", 0.0, 1.0)
identity = Link("identity", np.asarray, np.asarray, "a finite number", -np.inf, np.inf)


def six_nd(columns: View) -> Any:
    """6 N D"""
    return 6.0 * columns.N * columns.D


def cost_name(cost: Cost) -> str:
    """What a rule of FLOPs is called: the first line of its docstring."""
    return (cost.__doc__ or "a rule of your own").partition("\n")[0].strip()


@dataclass(frozen=True)
class Published:
    """Estimates printed in a paper, in its own parameters; `errors` are standard errors."""

    source: str
    values: Mapping[str, float]
    errors: Mapping[str, float] = field(default_factory=dict)


def of_group(x: Any, group: Any) -> Any:
    """A vector parameter at the groups of the runs; one that is a single number, as it is."""
    return x[group] if getattr(x, "ndim", 0) else x


def itself(theta: View, ref: View) -> Values:
    """The textbook of a law whose priors are already on the paper's parameters."""
    del ref
    return dict(vars(theta))


def nothing(p: View) -> Values:
    """No derived quantities, no moves."""
    del p
    return {}


@dataclass(frozen=True, eq=False)
class Law:
    """One scaling law.

    Attributes:
        priors: ``ref -> {name: numpyro distribution}``. `ref` holds the geometric means of the
            inputs and of the response over the runs fitted.
        log_loss: ``(p, runs) -> log of the loss in nats/token``, elementwise over the runs; of
            another column, on the scale of `link`, if the law names one as its `response`.
        rows: which rows of a table of training curves the law explains. "final": the last row of
            each run. "curve": rows along the curves, without warm-up, as many as are independent.
            "envelope": those that `prepare` takes from whole curves. Every law says it.
        inputs: columns of the table that the formula reads, e.g. ``("N", "D")``. A planner chooses
            N and D, C follows from their cost, and whatever else there is has to be given.
        any_value: those of them that may be zero or negative, such as a share of a mixture or the
            examples of a fine-tuning that has not begun; `ref` holds their mean.
        least: input -> the least that it can be, such as one expert.
        response: the column that the law explains.
        link: the scale on which it does: log, or logit for accuracies and error rates.
        cost: ``columns -> FLOPs`` of training N parameters on D tokens (6 N D). Its docstring is
            what it is called.
        optimum: ``(p, C) -> (N, D)`` with the lowest loss at C FLOPs of the law's own cost, if
            there is a closed form; otherwise, and where anything is constrained, the engine
            searches.
        adapt: ``headings of a table -> law``, for a law that reads all columns of a kind, such as
            the proportions of a mixture; the same object for the same headings.
        held: ``columns -> numbers`` that memory has to hold, from N and what is given, if there are
            more of them than N: all experts of a routed model, say. It rises with N.
        at_size: ``(p, N, D) -> log_loss`` of a well-trained model, for a law that is not written in
            N and D but has a best size all the same.
        roles: role (`ROLES`) -> the parameter that plays it, for checks and figures.
        prepare: ``runs -> runs``, what else the law does to its table; may raise InputError.
        unit: a column of labels whose rows belong together, such as the `run` of training curves:
            the bootstrap draws whole units, before `prepare`.
        group: a column of labels (families, corpora, budgets), if some parameters have a value for
            each. `priors` and `textbook` then find their number in ``ref.groups``, a vector
            parameter is a prior of shape ``(ref.groups,)``, and the formula reads it by
            ``p.x[runs.group]``. The last value belongs to a group without runs.
        random: theta that the Huber MLE, which knows no priors, holds at 0 on their unbounded
            scale and does not report: how far groups differ, and each one's deviation.
        textbook: ``(theta, ref) -> p``. Left out, the priors are on the paper's own parameters.
        reference: the inverse, ``(p, ref) -> theta``; lets published values be starting points.
        reparametrize: ``theta -> {name: shift}``: what to add to unconstrained parameters so that
            they are less entangled, e.g. log(reducible * share_N) to log alpha, which makes it the
            log of the slope that runs really see. A pair (shift, stretch) also multiplies, before
            it adds. What a shift depends on must not be shifted by something that is shifted.
        derived: ``p -> {name: value}``, e.g. the exponent a = beta / (alpha + beta).
        symbols: parameter -> the words printed beside it.
        published: estimates to print and plot beside ours.
        grid: ``() -> {name: array}``, the paper's own starting points in its parameters.
        family: what it is listed under: "dense" models seen once, "experts", "data", ...
        default_data: the table fitted when the user names none.
        likelihood: the one it is fitted with when the user names none (`bayesfit.likelihoods`).
        misfit: the standard deviation of what the law is off by, in log loss, for likelihoods that
            take it to be off (`bayesfit.likelihoods._misfit`), as public sweeps have it
            (`benchmarks/BANDS.md`). A law that was not measured is taken to be off by as much as
            Chinchilla's form.
        name, doc, home: filled in by `bayesfit.models.load`; `home` is the path of a user's file.
        overrides: parameter -> prior, in words, where the user replaced one (`bayesfit.priors`).
        unbent: the law itself, where this one is bent (`bayesfit.prediction.bending`).
    """

    priors: Callable[[View], Values]
    log_loss: Callable[[View, View], Any]
    rows: str = ""
    inputs: tuple[str, ...] = ("N", "D")
    any_value: tuple[str, ...] = ()
    least: Mapping[str, float] = field(default_factory=dict)
    response: str = "loss"
    link: Link = log
    cost: Cost = six_nd
    adapt: Callable[[Sequence[str]], Law] | None = None
    held: Cost | None = None
    optimum: Callable[[View, Any], tuple[Any, Any]] | None = None
    at_size: Callable[[View, Any, Any], Any] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Runs], Runs] | None = None
    unit: str = ""
    group: str = ""
    random: tuple[str, ...] = ()
    textbook: Callable[[View, View], Values] = itself
    reference: Callable[[View, View], Values] | None = None
    reparametrize: Callable[[View], Values] = nothing
    derived: Callable[[View], Values] = nothing
    symbols: Mapping[str, str] = field(default_factory=dict)
    published: tuple[Published, ...] = ()
    grid: Callable[[], Values] | None = None
    family: str = "dense"
    default_data: str = "pile"
    likelihood: str = "student_t"
    misfit: float = 0.02
    name: str = ""
    doc: str = ""
    home: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    unbent: Law | None = None

    def __post_init__(self) -> None:
        if self.rows not in ROWS:
            raise InputError(
                "a law says which rows of a table of training curves it explains: give it "
                f'rows="final", "curve" or "envelope" (not {self.rows!r})'
            )
        if self.rows == "envelope" and self.prepare is None:
            raise InputError('a law with rows="envelope" needs `prepare`, which takes the envelope')
        for name in ("any_value", "least"):
            strange = sorted(set(getattr(self, name)) - set(self.inputs))
            if strange:
                raise InputError(f"{name} names {strange[0]}, which is none of the law's inputs")
        if not isinstance(self.misfit, (int, float)) or not 0.0 <= self.misfit < np.inf:
            raise InputError(
                "the misfit of a law is a standard deviation in log loss, such as 0.02, or 0 for a "
                f"law that is believed, not {self.misfit!r}"
            )
        strange = sorted(set(self.roles) - set(ROLES))
        if strange:
            raise InputError(f"there is no role {strange[0]!r}; there are {', '.join(ROLES)}")

    def __repr__(self) -> str:
        return f"<Law {self.name}: {self.formula}>"

    @property
    def formula(self) -> str:
        """The first line of its documentation."""
        return self.doc.partition("\n")[0]

    @property
    def is_of_loss(self) -> bool:
        """Whether it explains the loss, and not another column."""
        return self.response == "loss"

    @property
    def given(self) -> tuple[str, ...]:
        """Inputs that have to be given to a planner: neither chosen (N, D) nor paid for (C)."""
        return () if self.at_size else tuple(x for x in self.inputs if x not in ("N", "D", "C"))

    @property
    def has_surface(self) -> bool:
        """Whether N, D and what is given are all it needs for a loss."""
        whole = {"N", "D"} <= set(self.inputs) and not self.group
        return self.is_of_loss and (self.at_size is not None or whole)

    @property
    def is_allocation(self) -> bool:
        """Whether it says how large a model a budget should train."""
        searched = self.at_size is not None or {"N", "D"} <= set(self.inputs)
        return self.optimum is not None or (searched and self.is_of_loss)

    def reads(self, name: str, values: Any) -> Any:
        """Which values of an input are among those that the formula is made for (elementwise)."""
        lowest = -np.inf if name in self.any_value else 0.0
        return np.isfinite(values) & (values > lowest) & (values >= self.least.get(name, lowest))

    def wanted(self, name: str) -> str:
        """Those values, in words."""
        if name in self.least:
            return f"finite numbers from {self.least[name]:g} up"
        return "finite numbers" + " above zero" * (name not in self.any_value)

    def at(self, p: View, N: Any, D: Any, given: Mapping[str, Any] | None = None) -> Any:
        """Log loss of N parameters on D tokens, elementwise; for a law that `has_surface`."""
        if self.at_size is not None:
            return self.at_size(p, N, D)
        columns = View(N=N, D=D, **(given or {}))
        return self.log_loss(p, View(**{**vars(columns), "C": self.cost(columns)}))

    def adapted(self, headings: Sequence[str]) -> Law:
        """The law as it stands for a table with these columns; the same object each time."""
        if self.adapt is None:
            return self
        return _named_as(self.adapt(headings), self.name, self.doc, self.home)

    def role(self, name: str, values: Mapping[str, Any]) -> Any | None:
        """The value of the parameter that plays a role (`ROLES`), or None without one."""
        return values.get(self.roles.get(name, ""))


@lru_cache(maxsize=256)
def _named_as(law: Law, name: str, doc: str, home: str) -> Law:
    return replace(law, name=name, doc=doc, home=home)


@lru_cache(maxsize=256)
def within(law: Law, code: int) -> Law:
    """A law with groups as it stands for one of them: the same parameters, no group to name."""

    def log_loss(p: View, runs: View):
        return law.log_loss(p, View(**vars(runs), group=code))

    def optimum(p: View, C):
        assert law.optimum is not None
        N, D = law.optimum(p, C)
        return (N[code], D[code]) if getattr(N, "ndim", 0) else (N, D)

    closed = None if law.optimum is None else optimum
    unbent = None if law.unbent is None else within(law.unbent, code)
    return replace(law, group="", log_loss=log_loss, optimum=closed, unbent=unbent)

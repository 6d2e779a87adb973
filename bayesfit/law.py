"""A law: the formula that a paper prints, and what is plausible for its parameters.

A law is data and a few pure functions, kept in one file of `models/`. The engine owns everything
else (bijections, objectives, samplers, optima), so a law file can be read beside the paper.

Three sets of coordinates appear throughout:

* ``p``: the paper's own parameters (E, A, B, alpha, beta, ...), where the formula is written;
* ``theta``: the same law told at a reference run in the middle of the data (the loss there, the
  share of it that scale can remove, ...), where priors mean the same for every tokenizer and
  size, and where the fit is well conditioned;
* ``q``: theta on the whole real line, flat; only the engine sees it (`bayesfit.problem`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayesfit.data.runs import Runs

PF_DAY = 8.64e19  # FLOPs of a petaflop/s-day, in which Kaplan et al. count compute

Values = dict[str, Any]  # parameter name -> number or array
UNSEEN = "another"  # the label of a group that has no run in the table
View = SimpleNamespace  # the same, read as attributes: what a law's functions are given


def of_group(x: Any, group: Any) -> Any:
    """A vector parameter at the groups of the runs; one told for a single group, as it is."""
    return x[group] if getattr(x, "ndim", 0) else x


@dataclass(frozen=True)
class FlopRule:
    """What training costs: FLOPs of (N, D), and the tokens that a budget C buys for a size N."""

    name: str
    flops: Callable[[Any, Any], Any]
    tokens: Callable[[Any, Any], Any]


SIX_ND = FlopRule("6 N D", lambda N, D: 6.0 * N * D, lambda N, C: C / (6.0 * N))


@dataclass(frozen=True)
class Published:
    """Estimates printed in a paper, in its own parameters; `errors` are standard errors."""

    source: str
    values: Mapping[str, float]
    errors: Mapping[str, float] = field(default_factory=dict)


def itself(theta: View, ref: View) -> Values:
    """The textbook of a law whose priors are already on the paper's parameters."""
    del ref
    return dict(vars(theta))


def nothing(p: View) -> Values:
    """No derived quantities, no shear."""
    del p
    return {}


@dataclass(frozen=True, eq=False)
class Law:
    """One scaling law.

    Attributes:
        inputs: columns of the table that the formula reads, e.g. ``("N", "D")``.
        priors: ``ref -> {name: numpyro distribution}``. `ref` holds the geometric means of the
            inputs and of the loss over the runs fitted.
        log_loss: ``(p, runs) -> log of the loss in nats/token``, elementwise over the runs; of
            another column, if the law names one as its `response`.
        response: the column that the law explains; its values are positive.
        prepare: ``runs -> runs``, the table that the law is really fitted to, such as the envelope
            of training curves; may raise InputError.
        unit: a column of labels whose rows belong together, such as the `run` of training curves:
            the bootstrap draws whole units, before `prepare`.
        group: a column of labels (families, corpora, budgets), if some parameters have a value for
            each. `priors` and `textbook` then find their number in ``ref.groups``, a vector
            parameter is a prior of shape ``(ref.groups,)``, and the formula reads it by
            ``p.x[runs.group]``. The last value belongs to a group not seen: no run speaks of it.
        random: theta that the Huber MLE, which knows no priors, holds at 0 on their unbounded
            scale and does not report: how far groups differ, and each one's deviation.
        textbook: ``(theta, ref) -> p``. Left out, the priors are on the paper's own parameters.
        reference: the inverse, ``(p, ref) -> theta``; lets published values be starting points.
        shear: ``theta -> {name: shift}``: what to add to unconstrained parameters so that they are
            less entangled, e.g. log(reducible * share_N) to log alpha, which makes it the log of
            the slope that runs really see. A pair (shift, stretch) also multiplies, before it
            adds. What a shift depends on must not be shifted by something that is shifted.
        derived: ``p -> {name: value}``, e.g. the exponent a = beta / (alpha + beta).
        optimum: ``(p, C) -> (N, D)`` with the lowest loss at C FLOPs, if there is a closed form;
            otherwise the engine searches.
        flops: what training costs (default C = 6 N D).
        symbols: parameter -> the words printed beside it.
        published: estimates to print and plot beside ours.
        grid: ``() -> {name: array}``, the paper's own starting points in its parameters.
        default_data: the table fitted when the user names none.
        noise: the likelihood it is fitted with when the user names none (`bayesfit.likelihoods.noise`).
        discrepancy: where its shortfall beyond the data is learned when the user does not say: what
            made its bands best calibrated on public sweeps (`bayesfit.prediction.shortfall`).
        name, doc: filled in from the file by `bayesfit.models.load`.
    """

    priors: Callable[[View], Values]
    log_loss: Callable[[View, View], Any]
    inputs: tuple[str, ...] = ("N", "D")
    response: str = "loss"
    prepare: Callable[[Runs], Runs] | None = None
    unit: str = ""
    group: str = ""
    random: tuple[str, ...] = ()
    textbook: Callable[[View, View], Values] = itself
    reference: Callable[[View, View], Values] | None = None
    shear: Callable[[View], Values] = nothing
    derived: Callable[[View], Values] = nothing
    optimum: Callable[[View, Any], tuple[Any, Any]] | None = None
    flops: FlopRule = SIX_ND
    symbols: Mapping[str, str] = field(default_factory=dict)
    published: tuple[Published, ...] = ()
    grid: Callable[[], Values] | None = None
    default_data: str = "pile"
    noise: str = "student_t"
    discrepancy: str = "inner"
    name: str = ""
    doc: str = ""

    def table(self, runs: Runs) -> Runs:
        """The table that the law is fitted to.

        Raises:
            InputError: the law cannot make it from these runs.
        """
        return runs if self.prepare is None else self.prepare(runs)

    @property
    def is_allocation(self) -> bool:
        """Whether it says how large a model a budget should train."""
        return self.optimum is not None or ({"N", "D"} <= set(self.inputs) and self.is_of_loss)

    @property
    def tells_loss_of_size(self) -> bool:
        """Whether N, D and the budget are all it needs for a loss."""
        return self.is_of_loss and not self.group and set(self.inputs) <= {"N", "D", "C"}

    @property
    def is_of_loss(self) -> bool:
        """Whether it explains the loss, and not another column."""
        return self.response == "loss"


@cache
def within(law: Law, code: int) -> Law:
    """A law with groups as it stands for one of them: the same parameters, no group to name."""

    def log_loss(p: View, runs: View):
        return law.log_loss(p, View(**vars(runs), group=code))

    def optimum(p: View, C):
        assert law.optimum is not None
        N, D = law.optimum(p, C)
        return (N[code], D[code]) if getattr(N, "ndim", 0) else (N, D)

    closed = None if law.optimum is None else optimum
    return replace(law, group="", log_loss=log_loss, optimum=closed)

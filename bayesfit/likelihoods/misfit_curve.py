"""As curve_normal, around a law of schedules that is itself off by a smooth field.

A law of learning rate schedules is off alike wherever schedules have come equally far at the same
rate, so that the rows of one curve do not average it away and a schedule of another shape meets it
anew. The field (`bayesfit.likelihoods._misfit`) is over the sum of learning rates and the rate
itself; curves that begin alike share what it says of their beginning. Its scale is the law's.

LENGTHS were chosen with the scale, on the nine curves of each of three sizes of Luo et al. 2025
(`benchmarks/NOTES.md`).
"""

from typing import Any

from bayesfit.law import View
from bayesfit.likelihoods import Array, Plane
from bayesfit.likelihoods._misfit import bent
from bayesfit.likelihoods.curve_normal import likelihood as along_curves

LENGTHS = (1.0, 0.25)  # decades of the sum of rates, and of the rate


def _place(runs: View, xp: Any) -> tuple[Array, Array]:
    return xp.log10(runs.lr_sum) / LENGTHS[0], xp.log10(runs.lr_now) / LENGTHS[1]


likelihood = bent(
    along_curves,
    spread=lambda theta: theta.sigma,
    plane=Plane(
        place=_place,
        inputs=("lr_sum", "lr_now"),
        words="the sum of learning rates and the rate",
    ),
)

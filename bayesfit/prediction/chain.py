"""From runs to the error of tasks: a law of the loss, and a law of the error that reads the loss.

Neither law alone tells the error of a run that has not been made, and neither band alone is wide
enough: the loss is uncertain, the error at a loss is, and single runs scatter in both. Draws of one
posterior are paired with draws of the other, which is right where the two were fitted to the runs
separately.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.computing import program
from bayesfit.data.runs import as_inputs
from bayesfit.errors import InputError
from bayesfit.law import Law, View
from bayesfit.prediction import arviz, surface

if TYPE_CHECKING:
    from bayesfit.fitted import Fit


@dataclass(frozen=True)
class Chain:
    """Two fits, one after the other.

    Attributes:
        loss: of a law that explains the loss.
        error: of a law that reads the loss and explains something else, such as an error.
    """

    loss: Fit
    error: Fit

    def predict(self, runs: Any, *, draws: bool = False) -> Any:
        """What the second law explains, for runs of which only the inputs are known.

        Args:
            runs: what `Fit.predict` takes, with the inputs of both laws, the loss aside.
            draws: return the draws themselves, an `xarray.Dataset` over (draw, run).

        Returns:
            One row a run with bands: of the loss, of the error where the two laws have it
            (`error`, or what else the second explains), and of one run, `observed`, whose loss and
            whose error at that loss both scatter.

        Raises:
            InputError: an input of a law is missing, or is not a number above zero.
        """
        given = as_inputs(runs)
        found = self._draws(given)
        if draws:
            return arviz.dataset(found, "run", np.arange(found["loss"].shape[1]))
        shown = {name: given[name] for name in self.loss.law.inputs}
        for name, values in found.items():
            shown |= bands.columns(name, values)
        return pd.DataFrame(shown)

    def _draws(self, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The loss, the error of the two laws and that of one run (draws, runs)."""
        law, values = self.error.drawn()
        losses = self.loss.predict(given, draws=True)
        count = min(losses.sizes["draw"], len(next(iter(values.values()))))
        fitted, one_run = (_thin(losses[x].to_numpy(), count) for x in ("loss", "observed"))
        values = {name: _thin(x, count) for name, x in values.items()}
        # Only groups and inputs beside the loss are read from here.
        problem = self.error.problem
        columns = problem.inputs({**given, "loss": np.median(fitted, axis=0)})
        at = _at_each_loss(law, values, fitted, columns)
        at_run = np.asarray(_at_each_loss(law, values, one_run, columns))
        # Another seed than that of the loss, or both would scatter by the same random numbers.
        seed = self.loss.seed + 1
        observed = surface.log_observed(problem, values, at_run, columns, seed)
        inverse = law.link.inverse
        found = {law.response: inverse(np.asarray(at)), "observed": inverse(observed)}
        return dict(loss=fitted) | found


def chain(loss: Fit, error: Fit) -> Chain:
    """A fit of the loss, and a fit of what depends on the loss, as one prediction.

    Both have to speak of the same loss: of one validation set, with one tokenizer.

    Args:
        loss: a fit of a law that explains the loss, such as `chinchilla_approach3`.
        error: a fit of a law that reads it, such as `loss_to_error`.

    Raises:
        InputError: the first does not explain the loss, or the second does not read it.

    Examples:
        >>> loss = bayesfit.fit("chinchilla_approach3", "pile")
        >>> error = bayesfit.fit("loss_to_error", "simulated_errors")
        >>> bands = bayesfit.chain(loss, error).predict({"N": 1e10, "D": 1e12})
        >>> {"error_lo80", "error", "error_hi80"} <= set(bands.columns)
        True
    """
    if not loss.law.is_of_loss:
        raise InputError(
            f"{loss.law.name} explains {loss.law.response}: give a fit of a law of the loss first"
        )
    if "loss" not in error.law.inputs or error.law.is_of_loss:
        raise InputError(
            f"{error.law.name} does not explain anything by the loss: give a fit of a law that "
            "reads it second, such as loss_to_error"
        )
    return Chain(loss, error)


def _thin(x: np.ndarray, count: int) -> np.ndarray:
    """So many draws, evenly spaced."""
    return x[np.linspace(0, len(x) - 1, count).round().astype(int)]


@program(static_argnums=0)
def _at_each_loss(law: Law, values: dict, losses, columns: dict):
    """What the law explains, on the scale of its link, at the losses of each draw (draws, runs)."""

    def one(each):
        p, own = each
        return law.log_loss(View(**p), View(**{**columns, "loss": own}))

    return jax.lax.map(one, (values, losses), batch_size=surface.BATCH)

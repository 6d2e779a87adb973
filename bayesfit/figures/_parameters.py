"""What figures of parameters share: which ones, on what scale, published values, a density."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np

from bayesfit.computing import in_double
from bayesfit.figures._style import BOOTSTRAP, POSTERIOR
from bayesfit.fitted import Fit
from bayesfit.formatting import symbol
from bayesfit.inference.draws import Draws
from bayesfit.law import Published, View

MAIN = ("exponent_N", "exponent_D", "growth_N", "irreducible")  # roles that readers look for first
SCALE = 5.0  # a positive parameter above this is no exponent and no loss: shown by its log
DOTS = 2000  # draws that are shown, or behind a density
OUTSIDE = 0.005  # share of draws beyond either end of an axis
_FEWEST_OUTSIDE = 2.5  # and how many at least: a single refit never stretches it


def textbook_names(fit: Fit) -> list[str]:
    """The law's own parameters, as its paper orders them; vectors are left to the tables."""
    problem, names = fit.problem, []

    def look(q):  # any q has the same names
        names.extend(problem.textbook(problem.constrain_law(q)))
        return q

    jax.eval_shape(look, np.zeros(problem.law_dimension))
    return [name for name in names if name in fit.posterior.flat and _is_number(fit, name)]


def main_names(fit: Fit) -> list[str]:
    """Up to four parameters that the story is about: by their roles, then what is no scale."""
    flat, textbook = fit.posterior.flat, textbook_names(fit)
    named = [fit.law.roles[role] for role in MAIN if role in fit.law.roles]
    named = [name for name in named if name in flat and _is_number(fit, name)]
    others = [n for n in (*textbook, *fit.law.symbols) if n in flat and _is_number(fit, n)]
    others = [name for name in others if not is_scale(flat[name])]
    return named if len(named) >= 3 else list(dict.fromkeys([*named, *others]))[:4] or textbook[:4]


def first_name(fit: Fit) -> str:
    """The parameter that a title speaks of: how N* grows, where the law knows it."""
    names = main_names(fit)
    growth = fit.law.roles.get("growth_N")
    return growth if growth in names else names[0]


def _is_number(fit: Fit, name: str) -> bool:
    return fit.posterior.flat[name].ndim == 1


def is_scale(draws: np.ndarray) -> bool:
    """Whether a parameter is a scale such as A or B, best seen through its log."""
    return bool(np.min(draws) > 0 and np.median(draws) > SCALE)


def straight(x: np.ndarray) -> np.ndarray:
    """A parameter in the coordinate in which it is drawn: scales by their log."""
    return np.log(x) if is_scale(x) else x


def ends(x: np.ndarray) -> np.ndarray:
    """Where an axis may end: nearly all draws lie between."""
    outside = float(np.clip(_FEWEST_OUTSIDE / len(x), OUTSIDE, 0.05))
    return np.quantile(x, (outside, 1 - outside))


def unit(fit: Fit, name: str) -> str:
    """What stands behind a symbol on an axis."""
    return ", nats per token" if "nats" in fit.law.symbols.get(name, "") else ""


def axis_label(fit: Fit, name: str) -> str:
    """Symbol and unit."""
    return symbol(name) + unit(fit, name)


def sources(fit: Fit) -> Iterator[tuple[str, Draws, str]]:
    """(label, draws, colour) of both ways of fitting, where a fit has both."""
    yield "posterior", fit.posterior, POSTERIOR
    if fit.bootstrap is not None:
        yield "bootstrap", fit.bootstrap, BOOTSTRAP


def published_values(fit: Fit, name: str) -> Iterator[tuple[Published, float, float]]:
    """(source, value, standard error or NaN), derived values worked out from what is printed."""
    for source in fit.law.published:
        values = _with_derived(fit, source)
        if name in values:
            yield source, float(values[name]), float(source.errors.get(name, np.nan))


@in_double
def _with_derived(fit: Fit, source: Published) -> dict:
    values = dict(source.values)
    try:
        return dict(fit.law.derived(View(**values))) | values
    except AttributeError:  # the paper prints too few parameters
        return values


def density(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Gaussian kernel density with its peak at 1; positive draws are reflected at zero."""
    x = x[np.linspace(0, len(x) - 1, min(len(x), DOTS)).astype(int)]
    spread = min(np.std(x), np.subtract(*np.quantile(x, (0.75, 0.25))) / 1.34) or np.std(x)
    width = 0.9 * spread * len(x) ** -0.2  # Silverman's rule

    def kernel(points: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * ((points[:, None] - x) / width) ** 2).sum(1)

    total = kernel(at)
    if x.min() > 0:
        total = np.where(at >= 0, total + kernel(-at), 0.0)
    return total / (total.max() or 1.0)

"""What a law's priors say before any run: curves along each input, and the runs of a table.

Each picture is drawn once for a law file as it stands and kept in `.cache/docs`. Priors are sampled
and the only fit is a Huber estimate from one start: two seconds a law the first time, none after.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from scipy.optimize import least_squares

from bayesfit import __version__, datasets, models
from bayesfit.bands import band
from bayesfit.binding import bind, explained
from bayesfit.computing import double
from bayesfit.errors import InputError
from bayesfit.figures import canvas, svg
from bayesfit.figures._style import (
    BOOTSTRAP,
    DATA,
    GROUP_COLOURS,
    POSTERIOR,
    PUBLISHED,
    draw_band,
    log_axis,
    styled,
)  # fmt: skip
from bayesfit.formatting import number
from bayesfit.inference import mle
from bayesfit.law import Law, Published, View
from bayesfit.problem import Problem, residuals_of, slopes_of

CACHE = Path(__file__).parents[2] / ".cache" / "docs"
DRAWS, POINTS, MOST_PANELS, SHOWN = 500, 60, 4, 12
BEYOND = 10.0  # times the table's range, to both sides: priors are seen where no run is


class Known(NamedTuple):
    """A law bound to its default table, and draws of its priors.

    Attributes:
        theta, draws: parameters at the reference run, and the law's own, (draws, ...).
        seen: the response of each run by each draw, (draws, runs).
    """

    law: Law
    problem: Problem
    runs: Any
    theta: dict[str, np.ndarray]
    draws: dict[str, np.ndarray]
    seen: np.ndarray


@lru_cache(maxsize=1)
def known(name: str) -> Known:
    """The law, its default table and what the priors make of it.

    Raises:
        InputError: the table is one that is fetched, and cannot be.
    """
    law = models.load(name)
    table = datasets.load(law.default_data)
    law = law.adapted(table.columns)
    runs = explained(law, table)
    problem = bind(law, runs, "normal")  # scatter is no part of the picture
    with double():
        keys = jax.random.split(jax.random.key(0), len(problem.law_priors()))
        named = zip(problem.law_priors().items(), keys, strict=True)
        theta = {name: prior.sample(key, (DRAWS,)) for (name, prior), key in named}
        draws = jax.vmap(lambda t: law.textbook(View(**t), problem.reference_run))(theta)
        columns = {x: c[: len(runs)] for x, c in problem.columns.items()}
        seen = law.link.inverse(np.asarray(_response(law, draws, columns)))
    theta, draws = (jax.tree.map(np.asarray, dict(x)) for x in (theta, draws))
    return Known(law, problem, runs, theta, draws, seen)


def _response(law: Law, draws: dict[str, Any], columns: dict[str, Any]) -> jax.Array:
    return jax.vmap(lambda p: law.log_loss(View(**p), View(**columns)))(draws)


def kept(name: str, what: str, make: Callable[[Known], bytes]) -> bytes:
    """What is made of a law, from the cache, or anew if the law or this file has changed."""
    text = models.source_of(models.load(name)) + inspect.getsource(sys.modules[__name__])
    file = CACHE / f"{name}-{what}-{sha256((text + __version__).encode()).hexdigest()[:12]}"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob(f"{name}-{what}-*"):
            old.unlink()
        file.write_bytes(make(known(name)))
    return file.read_bytes()


def allowed(name: str) -> dict[str, tuple[float, float]]:
    """The law's own parameter -> the middle four fifths of its prior; vectors left out.

    Raises:
        InputError: the table is one that is fetched, and cannot be.
    """

    def ends(found: Known) -> bytes:
        bands = {x: band(values) for x, values in found.draws.items() if values.ndim == 1}
        return json.dumps(
            {x: [float(b["lo80"]), float(b["hi80"])] for x, b in bands.items()}
        ).encode()

    return {x: tuple(pair) for x, pair in json.loads(kept(name, "allowed", ends)).items()}


# ------------------------------------------------------------------------------- along an input


def along(found: Known):
    """The response against each input, the others at the reference run; the published law too."""
    law = found.law
    names = [x for x in law.inputs if np.ptp(found.runs[x]) > 0][:MOST_PANELS]
    figure = canvas(3.1 * max(2, len(names)), 3.1)
    axes = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
    for ax, name in zip(axes, names, strict=True):
        _panel(ax, found, name)
    axes[0].set_ylabel(law.symbols.get(law.response, law.response))
    low, high = np.quantile(found.seen[np.isfinite(found.seen)], [0.005, 0.995])
    log = law.link.name == "log"
    if log:
        axes[0].set_yscale("log")
    axes[0].set_ylim(*((low / 1.6, high * 1.6) if log else (low - 0.2, high + 0.2)))
    if log:
        log_axis(axes[0].yaxis, number)
    if axes[0].get_legend_handles_labels()[0]:
        axes[-1].legend(loc="upper right", fontsize=7)
    return figure


def _panel(ax, found: Known, name: str) -> None:
    law, x = found.law, _grid(found, name)
    with double():
        y = law.link.inverse(np.asarray(_response(law, found.draws, _columns(found, name, x))))
        draw_band(ax, x, band(y))
        ax.plot(x, y[:SHOWN].T, color=POSTERIOR, lw=0.5, alpha=0.5)
        for source, style in zip(law.published, ("-", "--", ":"), strict=False):
            line = published_line(found, source, name, x)
            if line is not None:
                ax.plot(x, line, style, color=PUBLISHED, lw=1.2, label=source.source)
    ax.set_xlabel(name)
    lowest, highest = float(found.runs[name].min()), float(found.runs[name].max())
    ax.axvspan(lowest, highest, color="#000000", alpha=0.05, lw=0)
    if name not in law.any_value:
        log_axis(ax.xaxis, number)
    ax.set_xlim(x[0], x[-1])


def _grid(found: Known, name: str) -> np.ndarray:
    values = found.runs[name].astype(float)
    low, high = float(values.min()), float(values.max())
    if name in found.law.any_value:
        return np.linspace(low, high, POINTS)
    return np.geomspace(max(low / BEYOND, found.law.least.get(name, 0.0)), high * BEYOND, POINTS)


def _columns(found: Known, name: str, x: np.ndarray) -> dict[str, Any]:
    """The reference run, with one input at each value of the grid."""
    ref = {k: np.full(POINTS, float(v)) for k, v in found.problem.ref.items() if np.ndim(v) == 0}
    held = {k: ref[k] for k in found.law.inputs}
    if found.law.group:
        held["group"] = np.zeros(POINTS, dtype=int)
    return held | {name: x}


def published_line(found: Known, source: Published, name: str, x: np.ndarray) -> np.ndarray | None:
    """The law at a paper's estimates; None where the paper does not print every parameter."""
    if found.law.group or not set(found.draws) <= set(source.values):
        return None
    p = {k: np.float64(v) for k, v in source.values.items()}
    columns = _columns(found, name, x)
    return found.law.link.inverse(np.asarray(found.law.log_loss(View(**p), View(**columns))))


# ---------------------------------------------------------------------------- the runs of a table


def against_runs(found: Known):
    """The runs of the default table: what the priors expected, and what a quick MLE makes of it."""
    figure = canvas(9.3, 3.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    observed = found.runs[found.law.response].astype(float)
    colours = _colours(found, len(observed))
    order = np.argsort(-observed)
    draw_band(left, np.arange(len(order)), band(found.seen[:, order]))
    left.scatter(np.arange(len(order)), observed[order], s=9, c=colours[order], zorder=4)
    left.set(xlabel="runs of the table, from the highest to the lowest", ylabel=found.law.response)
    left.set_title("in the bands of the priors")
    fitted = estimated(found)
    ends = [float(min(fitted.min(), observed.min())), float(max(fitted.max(), observed.max()))]
    right.plot(ends, ends, color=BOOTSTRAP, lw=1.0)
    right.scatter(fitted, observed, s=9, c=colours, zorder=4)
    right.set(xlabel="fitted by the Huber MLE", ylabel="observed")
    spread = float(
        np.median(np.abs(found.problem.response[: len(observed)] - _on_link(found, fitted)))
    )
    unit = "of log " if found.law.link.name == "log" else "of "
    right.set_title(f"median residual {spread:.2g} {unit}{found.law.response}")
    if found.law.link.name == "log":
        for axis in (left.yaxis, right.xaxis, right.yaxis):
            log_axis(axis, number)
    return figure


def _on_link(found: Known, response: np.ndarray) -> np.ndarray:
    return np.asarray(found.law.link.of(response))


def _colours(found: Known, count: int) -> np.ndarray:
    """A colour for each run: that of its group, where the law has groups."""
    if not found.law.group:
        return np.array([DATA] * count)
    codes = found.problem.columns["group"][:count].astype(int)
    return np.array([GROUP_COLOURS[c % len(GROUP_COLOURS)] for c in codes])


def estimated(found: Known) -> np.ndarray:
    """The response of each run by the Huber estimate (runs,), searched from the best prior draw.

    The engine's own search races many starts; here one will do, and compiles in a second.
    """
    problem, law = found.problem, found.law
    count = found.seen.shape[1]
    off = problem.response[:count] - _on_link(found, found.seen)
    loss = np.asarray(mle.huber(np.nan_to_num(off, nan=np.inf), mle.DELTA)).sum(axis=1)
    best = int(np.argmin(np.nan_to_num(loss, nan=np.inf)))
    with double():
        start = problem.unconstrain_law({k: x[best] for k, x in found.theta.items()})
        done = least_squares(
            lambda q: residuals_of(problem, q)[:count],
            np.clip(np.asarray(start), -20, 20),
            lambda q: slopes_of(problem, q)[:count] * -1.0,
            loss="huber", f_scale=mle.DELTA, x_scale="jac", max_nfev=200,
        )  # fmt: skip
        fitted = problem.response[:count] - residuals_of(problem, done.x)[:count]
    return np.asarray(law.link.inverse(fitted))


@styled
def drawn(found: Known, what: str = "along"):
    """One of the two pictures in the house style; stamped where the table is a simulation."""
    return dict(along=along, runs=against_runs)[what](found)


def picture(name: str, what: str) -> bytes | None:
    """The SVG of a picture of a law; None if its table cannot be had here."""
    try:
        return kept(name, what, lambda found: svg(drawn(found, what)))
    except InputError as error:
        if "cannot download" not in str(error):
            raise
        return None

"""What the law says about budgets: the frontier, slices of equal compute, the loss to expect."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayesfit import formatting as words
from bayesfit.bands import band
from bayesfit.datasets import known_models
from bayesfit.figures._labels import place
from bayesfit.figures._style import (
    DATA,
    POSTERIOR,
    PUBLISHED,
    canvas,
    draw_band,
    log_axis,
    styled,
)
from bayesfit.fitting import QUESTION_DRAWS, Fit
from bayesfit.prediction import optimum
from bayesfit.prediction import surface as predict

LARGEST = 1e27  # FLOPs
SLICES = (1e21, 1e22, 1e23, 1e24, 1e25, 1e26)
QUOTED = 1e25  # the budget that titles speak of
_POINTS = 41
_REACH = 40.0  # a slice goes from N* / 40 to 40 N*


def has_frontier(fit: Fit) -> bool:
    """Whether a budget alone says how large a model to train."""
    return fit.law.is_allocation and set(fit.law.inputs) <= {"N", "D", "C"}


def has_slices(fit: Fit) -> bool:
    """Whether a budget can be spent well or badly: the law weighs N against D, and nothing else."""
    return {"N", "D"} <= set(fit.law.inputs) <= {"N", "D", "C"} and fit.law.is_of_loss


def has_loss_at_scale(fit: Fit) -> bool:
    """Whether a budget alone says what loss to expect."""
    return has_slices(fit) or (fit.law.inputs == ("C",) and fit.law.is_of_loss)


def budgets(fit: Fit) -> list[float]:
    """From below the smallest run to 1e27 FLOPs, evenly in the log."""
    low = 10.0 ** np.floor(np.log10(fit.runs["C"].min()))
    return np.geomspace(low, max(LARGEST, 10 * fit.runs["C"].max()), _POINTS).tolist()


# -- 4. frontier ------------------------------------------------------------------------------


@styled
def frontier(fit: Fit) -> Figure:
    """The best size and tokens for a budget, out to 1e27 FLOPs, and where known models stand."""
    flops = np.array(budgets(fit))
    best = optimum.optima(fit.law, fit.posterior.thin(QUESTION_DRAWS), budgets(fit))
    bands = {name: band(best[name]) for name in ("N", "D", "tokens_per_parameter")}
    figure = canvas(11, 7.0, _growth(flops, best["N"]))
    grid = figure.add_gridspec(2, 2, width_ratios=(1.55, 1))
    main = figure.add_subplot(grid[:, 0])
    known = known_models()
    runs = {
        "N": (main, fit.runs["N"], known["N"], "N*, parameters", words.count),
        "D": (figure.add_subplot(grid[0, 1]), fit.runs["D"], known["D"], "D*, tokens", words.count),
        "tokens_per_parameter": (
            figure.add_subplot(grid[1, 1]),
            fit.runs["D"] / fit.runs["N"],
            known["D"] / known["N"],
            "D* / N*, tokens per parameter",
            words.number,
        ),
    }
    for name, (ax, ours, theirs, label, say) in runs.items():
        _draw_frontier(ax, fit, flops, bands[name])
        ax.plot(fit.runs["C"], ours, ".", color=DATA, ms=4, alpha=0.6, mew=0, zorder=2)
        ax.plot(known["C"], theirs, "D", color=PUBLISHED, ms=3.6, mec="white", mew=0.4, zorder=5)
        ax.set(ylabel=label, ylim=_limits(bands[name], ours, theirs))
        log_axis(ax.yaxis, say)
    line = np.column_stack([np.geomspace(flops[0], flops[-1], 200), np.full(200, np.nan)])
    line[:, 1] = np.exp(np.interp(np.log(line[:, 0]), np.log(flops), np.log(bands["N"]["median"])))
    main.legend(handles=_key(), loc="upper left")
    place(main, known["C"].to_numpy(), known["N"].to_numpy(), list(known["model"]), avoid=line)
    return figure


def _growth(flops: np.ndarray, N: np.ndarray) -> str:
    """The title: how N* grows, as the slope of each draw between 1e21 and 1e26 FLOPs."""
    x = np.log(flops)
    use = (flops >= 1e21) & (flops <= 1e26)
    with np.errstate(invalid="ignore"):
        slopes = np.polyfit(x[use], np.log(N[:, use]).T, 1)[0]
    if not np.isfinite(slopes).all():
        return "The best size for a budget has no bound in some draws"
    found = band(slopes)
    say = words.like(float(found["lo80"]), float(found["hi80"]))
    ends = words.interval(float(found["lo80"]), float(found["hi80"]), say)
    return f"N* grows as C^{say(float(found['median']))} (80 %: {ends})"


def _draw_frontier(ax: Axes, fit: Fit, flops: np.ndarray, found: dict[str, np.ndarray]) -> None:
    _shade_runs(ax, fit)
    draw_band(ax, flops, found)
    ax.set(xlabel="C, training FLOPs", xlim=(flops[0], flops[-1]))
    log_axis(ax.xaxis, words.flops)


def _shade_runs(ax: Axes, fit: Fit) -> None:
    """Grey where there are runs: all to the right of it is extrapolation."""
    C = fit.runs["C"]
    ax.axvspan(C.min(), C.max(), color="#d9d9d9", alpha=0.45, lw=0, zorder=0)


def _limits(found: dict[str, np.ndarray], *seen) -> tuple[float, float]:
    values = np.concatenate([found["lo95"], found["hi95"], *map(np.asarray, seen)])
    values = values[np.isfinite(values) & (values > 0)]
    return float(values.min() / 1.5), float(values.max() * 1.5)


def _key() -> list:
    return [
        Line2D([], [], color=POSTERIOR, lw=1.6, label="posterior median"),
        Patch(color=POSTERIOR, alpha=0.42, lw=0, label="80 % band"),
        Patch(color=POSTERIOR, alpha=0.16, lw=0, label="95 % band"),
        Patch(color="#d9d9d9", alpha=0.6, lw=0, label="compute of the runs fitted"),
        Line2D([], [], color=DATA, marker=".", ls="", label="runs fitted"),
        Line2D([], [], color=PUBLISHED, marker="D", ms=4, ls="", label="published models"),
    ]


# -- 5. isoFLOP slices ------------------------------------------------------------------------


@styled
def isoflop_slices(fit: Fit) -> Figure:
    """What a wrong size costs: loss against N when the budget is spent, whatever N is chosen."""
    values = fit.posterior.thin(QUESTION_DRAWS)
    best = optimum.optima(fit.law, values, SLICES)
    centers = [_finite(band(best["N"][:, i])["median"]) for i in range(len(SLICES))]
    ratios = np.geomspace(1 / _REACH, _REACH, _POINTS)
    N = np.outer(centers, ratios)
    C = np.repeat(np.asarray(SLICES), _POINTS)
    columns = dict(N=N.ravel(), D=fit.law.flops.tokens(N.ravel(), C), C=C)
    loss = np.exp(predict.log_surface(fit.law, values, columns)).reshape(-1, *N.shape)
    figure = canvas(11, 5.6, _cost_of_a_wrong_size(ratios, loss))
    ax = figure.subplots()
    for i, shade in enumerate(_shades()(np.linspace(0, 1, len(SLICES)))):
        beyond = SLICES[i] > fit.runs["C"].max()
        _draw_slice(ax, N[i], loss[:, i], shade, "--" if beyond else "-")
        _draw_minimum(ax, band(best["N"][:, i]), band(best["loss"][:, i]), shade)
        said = f"{words.flops(SLICES[i])}: best {words.count(centers[i])}"
        end = (N[i, -1], np.median(loss[:, i, -1]))
        ax.annotate(
            said, end, xytext=(5, 0), textcoords="offset points", va="center", color=shade,
            fontsize=8, weight="bold",
        )  # fmt: skip

    ax.set(xlabel="N, parameters", ylabel="loss, nats per token", xlim=(N.min() / 1.5, N.max() * 6))
    ax.set_title(
        "circles: best size, with 80 % (thick) and 95 % intervals;  shaded: 80 % band of loss;  "
        "dashed: budgets beyond the largest run"
    )
    log_axis(ax.xaxis, words.count)
    return figure


def _finite(x: np.ndarray) -> float:
    return float(np.clip(x, 1e6, 1e16))


def _shades() -> LinearSegmentedColormap:
    """The posterior's blue from pale to dark, for small to large budgets."""
    return LinearSegmentedColormap.from_list("budgets", ["#7fc4ea", POSTERIOR, "#00263d"])


def _cost_of_a_wrong_size(ratios: np.ndarray, loss: np.ndarray) -> str:
    """The title: what four times too small or too large a model loses, at the quoted budget."""
    curve = np.median(loss[:, SLICES.index(QUOTED)], 0)
    off = [np.interp(np.log(r), np.log(ratios), curve) / curve.min() - 1 for r in (0.25, 4)]
    small, large = (words.percent(float(x)) for x in off)
    return (
        f"At {words.flops(QUOTED)} FLOPs, a model 4 times too small costs {small} of loss, "
        f"4 times too large {large}"
    )


def _draw_slice(ax: Axes, N: np.ndarray, loss: np.ndarray, shade, dash: str) -> None:
    found = band(loss)
    ax.fill_between(N, found["lo80"], found["hi80"], color=shade, alpha=0.22, lw=0)
    ax.plot(N, found["median"], color=shade, lw=1.5, ls=dash)


def _draw_minimum(ax: Axes, N: dict, loss: dict, shade) -> None:
    y = float(loss["median"])
    for level, width in ((95, 1.0), (80, 3.2)):
        ax.plot([N[f"lo{level}"], N[f"hi{level}"]], [y, y], color=shade, lw=width, zorder=4)
    ax.plot(N["median"], y, "o", color="white", mec=shade, mew=1.6, ms=6, zorder=5)


# -- 8. loss at scale -------------------------------------------------------------------------


@styled
def loss_at_scale(fit: Fit) -> Figure:
    """The loss that a well-spent budget buys, and how fast certainty is lost on the way there."""
    flops = np.array(budgets(fit))
    found = band(_best_loss(fit, budgets(fit)))
    at = {k: float(np.interp(np.log(QUOTED), np.log(flops), v)) for k, v in found.items()}
    loss = words.estimate(at["median"], at["lo80"], at["hi80"])
    figure = canvas(11, 6.0, f"{words.flops(QUOTED)} FLOPs buy a loss of {loss}, 80 % interval")
    upper, lower = figure.subplots(2, 1, height_ratios=(2.4, 1), sharex=True)
    _shade_runs(upper, fit)
    draw_band(upper, flops, found)
    upper.plot(fit.runs["C"], fit.runs["loss"], ".", color=DATA, ms=5, alpha=0.7, mew=0)
    upper.set(ylabel="loss L*, nats per token")
    upper.legend(handles=_key()[:5], loc="upper right")
    upper.set_title(
        "the law's best loss for a budget: runs lie on or above it, but for their scatter"
    )
    _draw_certainty(lower, fit, flops, found)
    return figure


def _best_loss(fit: Fit, flops: list[float]) -> np.ndarray:
    values = fit.posterior.thin(QUESTION_DRAWS)
    if fit.law.inputs == ("C",):
        return np.exp(predict.log_surface(fit.law, values, {"C": np.array(flops)}))
    return optimum.optima(fit.law, values, flops)["loss"]


def _draw_certainty(ax: Axes, fit: Fit, flops: np.ndarray, found: dict[str, np.ndarray]) -> None:
    _shade_runs(ax, fit)
    ax.axhline(0, color=POSTERIOR, lw=1.0)
    for level, shade in ((95, 0.16), (80, 0.26)):
        low, high = (100 * (found[f"{end}{level}"] / found["median"] - 1) for end in ("lo", "hi"))
        ax.fill_between(flops, low, high, color=POSTERIOR, alpha=shade, lw=0)
    ax.set(
        xlabel="C, training FLOPs", ylabel="band around\nthe median, %", xlim=(flops[0], flops[-1])
    )
    log_axis(ax.xaxis, words.flops)

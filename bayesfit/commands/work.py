"""What the commands do: load, fit, write, print."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rich.console import Console

from bayesfit.datasets import load
from bayesfit.errors import InputError
from bayesfit.fitting import QUESTION_DRAWS, fit
from bayesfit.inference.devices import is_first
from bayesfit.likelihoods.noise import load as load_noise
from bayesfit.models import load as load_law
from bayesfit.output import compare_screen, screen
from bayesfit.output.results import BUDGETS, Results, check_writable, replaced, write_comparison
from bayesfit.prediction.shortfall import check as check_discrepancy
from bayesfit.questions.compare import Comparison
from bayesfit.questions.compare import compare as compared_fits
from bayesfit.questions.influence import Influence, influence


def run(
    model: str,
    table: str | None,
    out: Path | None,
    *,
    command: str,
    train: str | None,
    flops: tuple[float, ...],
    vary: str | None = None,
    loss_step: float | None = None,
    **settings,
) -> Results:
    """Everything behind `bayesfit run`; the options are those of the command line.

    Raises:
        InputError: something given cannot be used; nothing has been written then.
    """
    law = load_law(model)
    load_noise(settings["likelihood"] or law.noise)
    check_discrepancy(settings["discrepancy"] or law.discrepancy)
    runs, held_out = load(table or law.default_data), None
    if loss_step is not None:
        runs = runs.with_column("loss_step", loss_step)
    names = vary.split(",") if vary else None
    folder = out or Path("results") / law.name / runs.name
    if is_first():
        check_writable(folder)
    if train:
        runs, held_out = runs.split(train)
    console = Console(highlight=False, quiet=not is_first())
    screen.opening(console, law.doc, runs)
    with screen.progress(console) as progress:
        fitted = fit(law, runs, vary=names, progress=progress, **settings)
        recorded = settings | dict(command=command, train=train, flops=list(flops))
        recorded |= dict(vary=names, loss_step=loss_step)
        results = Results(fitted, sorted({*BUDGETS, *flops}), recorded, held_out)
        if is_first():
            results.write(folder, progress)
    screen.closing(console, results, folder)
    return results


def check(
    model: str,
    table: str | None,
    *,
    flops: float,
    top: int,
    all_runs: bool,
    likelihood: str | None,
    seed: int,
) -> Influence:
    """Everything behind `bayesfit check`.

    Raises:
        InputError: something given cannot be used, or so many runs cannot be left out.
    """
    law = load_law(model)
    load_noise(likelihood or law.noise)
    runs = load(table or law.default_data, all_runs=all_runs)
    console = Console(highlight=False, quiet=not is_first())
    screen.opening(console, law.doc, runs)
    with screen.progress(console) as progress:
        fitted = fit(
            law,
            runs,
            likelihood=likelihood,
            discrepancy="none",
            backtest=False,
            bootstrap=50,
            seed=seed,
            progress=progress,
        )
    found = influence(fitted, flops, top=top)
    screen.influence(console, found)
    return found


def compare(
    models: str,
    table: str | None,
    out: Path | None,
    *,
    flops: tuple[float, ...],
    **settings,
) -> Comparison:
    """Everything behind `bayesfit compare`; a law that the table does not allow is left out.

    Raises:
        InputError: something given cannot be used, or fewer than two laws can be fitted.
    """
    laws = [load_law(name) for name in dict.fromkeys(models.split(","))]
    runs = load(table or laws[0].default_data)
    folder = out or Path("results") / "compare" / runs.name
    check_writable(folder)
    console, fits = Console(highlight=False, quiet=not is_first()), {}
    screen.opening(console, f"{len(laws)} laws side by side", runs)
    with screen.progress(console) as progress:
        for law in laws:
            try:
                fits[law.name] = fit(law, runs, progress=_prefixed(progress, law.name), **settings)
            except InputError as error:
                console.print(f"left out: {error}", style="yellow", markup=False)
    compared = compared_fits(fits, sorted({*BUDGETS, *flops}))
    compare_screen.comparison(console, compared)
    if is_first():
        with replaced(folder) as new:
            write_comparison(compared, new)
        console.print(f"\nTables and figure: {folder}", style="bold")
    return compared


def _prefixed(progress, name: str):
    return lambda stage, done, total: progress(f"{name}: {stage}", done, total)


def backtest(
    model: str,
    table: str | None,
    *,
    by: str,
    likelihood: str | None,
    discrepancy: str | None,
    out: Path | None,
    seed: int,
) -> None:
    """Everything behind `bayesfit backtest`.

    Raises:
        InputError: something given cannot be used, or there are too few runs to hold any out.
    """
    from bayesfit.data.isoflop import COLUMN
    from bayesfit.extrapolation import backtest as rollouts
    from bayesfit.extrapolation import refits as ladder
    from bayesfit.figures._style import png
    from bayesfit.figures.calibration import calibration

    law = load_law(model)
    noise = load_noise(likelihood or law.noise)
    check_discrepancy(discrepancy or law.discrepancy)
    if not law.is_of_loss or law.group == COLUMN:
        raise InputError(
            f"{law.name} predicts no loss of larger runs, only how to spend a budget: "
            "backtest a law that does, such as chinchilla_approach3 or kaplan_chinchilla"
        )
    runs = law.table(load(table or law.default_data))
    ordered = not ladder.is_text(runs, by)
    runs.require([by], numbers=ordered)
    console = Console(highlight=False, quiet=not is_first())
    screen.opening(console, law.doc, runs)
    with screen.progress(console) as progress:
        tell = partial(progress, "roll-outs")
        rungs = ladder.climb(law, runs, noise, by=by, seed=seed, progress=tell)
        scored = rollouts.score(law, runs, noise, rungs, by, discrepancy, runs.name, True, seed)
    if scored.empty:
        raise InputError(
            f"{runs.name} has too few runs to hold any out: {law.name} with {noise.name} noise "
            "needs more below a threshold than it has parameters"
        )
    screen.backtest(console, rollouts.summary(scored), scored)
    if ordered and law.is_allocation and not law.group and len(rungs) > 1:
        screen.regret(console, rollouts.regret(law, rungs, runs))
    if out is not None and is_first():
        out.mkdir(parents=True, exist_ok=True)
        scored.to_csv(out / "backtest.csv", index=False, float_format="%.9g")
        figure = calibration(scored, by, simulated=runs.simulated)
        (out / "calibration.png").write_bytes(png(figure))
        console.print(f"\nEach held-out run, and how bands did: {out}")


def tokens(
    model: str, table: str | None, *, likelihood: str | None, out: Path | None, seed: int
) -> None:
    """Everything behind `bayesfit tokens`.

    Raises:
        InputError: something given cannot be used, or the law knows no best size for a budget.
    """
    from bayesfit.output import tokens_screen
    from bayesfit.questions import tokens as needed

    law = load_law(model)
    needed.check(law)
    load_noise(likelihood or law.noise)
    runs = load(table or law.default_data)
    console = Console(highlight=False, quiet=not is_first())
    screen.opening(console, law.doc, runs)
    with screen.progress(console) as progress:
        fitted = fit(
            law,
            runs,
            likelihood=likelihood,
            discrepancy="none",
            backtest=False,
            bootstrap=50,
            seed=seed,
            progress=progress,
        )
    D = needed.best_tokens(law, fitted.posterior.thin(QUESTION_DRAWS), needed.SIZES)
    told = needed.table(D)
    tokens_screen.show(console, told, needed.answer(D), law.name, runs.name)
    if out is not None and is_first():
        out.parent.mkdir(parents=True, exist_ok=True)
        told.to_csv(out, index=False, float_format="%.9g")
        console.print(f"\nThe table: {out}")

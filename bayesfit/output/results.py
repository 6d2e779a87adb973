"""What `run` leaves on disk: tables, draws, figures, a report, and a record of how they were made.

Everything is written to a temporary folder beside the target, which then takes its place: an
interrupted run leaves the last result as it was, and never half a new one.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import jax
import pandas as pd

from bayesfit import __version__
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.extrapolation import backtest
from bayesfit.findings import checks
from bayesfit.findings.checks import Finding
from bayesfit.fitting import Fit
from bayesfit.questions.compare import Comparison

BUDGETS = tuple(10.0**k for k in range(21, 27))  # FLOPs
KAPPA = "share by which improvement beyond the data exceeds the promise"
PACKAGES = ("jax", "jaxlib", "numpyro", "arviz", "optax", "numpy", "pandas", "matplotlib")


@dataclass(frozen=True)
class Results:
    """A fit with the tables made from it.

    Attributes:
        fit: the fit.
        budgets: FLOPs at which the optimum is asked for.
        held_out: runs that were kept from the fit, to score its predictions.
        settings: what the user asked for, for the record.
    """

    fit: Fit
    budgets: Sequence[float]
    settings: dict[str, Any]
    held_out: Runs | None = None

    @cached_property
    def exponents(self) -> pd.DataFrame:
        """Parameters: MLE, posterior and bootstrap bands, published values."""
        return self.fit.exponents()

    @cached_property
    def optima(self) -> pd.DataFrame | None:
        """Bands of N*, D*, D*/N* and loss at each budget; None for a law that allots nothing."""
        return self.fit.optimum(self.budgets) if self.fit.law.is_allocation else None

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Predicted and observed loss (or other response) of every run, held-out ones marked."""
        response = self.fit.law.response
        parts = [(self.fit.runs, False)]
        parts += [(self.held_out, True)] if self.held_out is not None else []
        tables = []
        for runs, held in parts:
            table = self.fit.predict(runs)
            if "run" in runs.columns:
                table.insert(0, "run", runs["run"])
            table["actual"], table["held_out"] = runs[response], held
            for level in ("80", "95"):
                low, high = table[f"observed_lo{level}"], table[f"observed_hi{level}"]
                table[f"inside{level}"] = (table["actual"] >= low) & (table["actual"] <= high)
            table["relative_error"] = table[response] / table["actual"] - 1
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def backtest(self) -> pd.DataFrame:
        """Scores of the roll-outs on the table's own larger runs, one row a method."""
        scored = self.fit.rollouts
        return scored if scored.empty else backtest.summary(scored)

    @cached_property
    def findings(self) -> list[Finding]:
        """Checks in words, the gravest first."""
        return checks.review(self.fit)

    def record(self) -> dict[str, Any]:
        """How the result was made: what another person needs to make it again, and to trust it."""
        fit, best = self.fit, self.fit.mle.best()
        convergence, stats = fit.convergence, fit.posterior.stats
        return dict(
            bayesfit=__version__,
            settings=self.settings,
            law=fit.law.name,
            likelihood=fit.noise.name,
            data=dict(
                name=fit.runs.name,
                source=fit.runs.source,
                runs=len(fit.runs),
                sha256=fit.runs.sha256,
                simulated=fit.runs.simulated,
                left_out=list(fit.runs.left_out),
            ),
            versions={name: version(name) for name in PACKAGES}
            | dict(python=platform.python_version()),
            device=f"{jax.device_count()} x {jax.devices()[0].device_kind}",
            seconds={name: round(x, 3) for name, x in fit.timings.items()},
            seconds_compiling={name: round(x, 3) for name, x in fit.compiling.items()},
            mle=dict(
                objective=float(best.objective),
                gradient_norm=float(best.gradient_norm),
                evaluations=int(best.steps),
            ),
            bootstrap=dict(
                refits=int(fit.bootstrap.stats["converged"].size),
                converged=int(fit.bootstrap.stats["converged"].sum()),
                largest_gradient_norm=float(fit.bootstrap.stats["gradient_norm"].max()),
            ),
            nuts=dict(
                chains=stats["diverging"].shape[0],
                draws=stats["diverging"].shape[1],
                divergences=int(stats["diverging"].sum()),
                acceptance_rate=float(stats["acceptance_rate"].mean()),
                leapfrogs_per_draw=float(stats["n_steps"].mean()),
                r_hat_max=float(convergence["r_hat"].max()),
                ess_bulk_min=float(convergence["ess_bulk"].min()),
                ess_tail_min=float(convergence["ess_tail"].min()),
            ),
            kappa=None if fit.kappa is None else fit.kappa._asdict(),
            backtest=self.backtest.to_dict("index"),
            findings=[finding._asdict() for finding in self.findings],
        )

    def write(self, folder: Path, progress: Callable[[str, int, int], None]) -> None:
        """Write everything into `folder`, replacing what a former run left there.

        Raises:
            InputError: the folder cannot be written.
        """
        from bayesfit import figures, report

        started = perf_counter()
        with replaced(folder) as new:
            self.fit.save(new / "draws.nc")
            _csv(self.exponents.reset_index(), new / "exponents.csv")
            if self.optima is not None:
                _csv(self.optima, new / "optima.csv")
            _csv(self.predictions, new / "predictions.csv")
            (new / "figures").mkdir()
            pictures = {}
            for name, figure in figures.all_figures(self.fit, progress).items():
                pictures[name] = figures.png(figure)
                (new / "figures" / f"{name}.png").write_bytes(pictures[name])
            record = self.record()
            record["seconds"]["results"] = round(perf_counter() - started, 3)
            (new / "run.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
            page = report.render(self.report_context(record), pictures)
            (new / "report.html").write_text(page, encoding="utf-8")

    def report_context(self, record: dict[str, Any]) -> dict[str, Any]:
        """The plain data that the report lays out."""
        fit, law = self.fit, self.fit.law
        held = self.predictions[self.predictions["held_out"]]
        return dict(
            title=f"{law.name} on {fit.runs.name}",
            command=self.settings.get("command", ""),
            law=dict(name=law.name, doc=law.doc, formula=law.doc.partition("\n")[0]),
            data=dict(
                name=fit.runs.name,
                source=fit.runs.source,
                runs=len(fit.runs),
                left_out=list(fit.runs.left_out),
                notes=list(fit.runs.notes),
                warnings=list(fit.runs.warnings),
                simulated=fit.runs.simulated,
                largest_flops=float(fit.runs["C"].max()),
            ),
            asked=list(self.settings.get("flops", ())),
            findings=[finding._asdict() for finding in self.findings],
            exponents=[*_exponent_rows(fit, self.exponents)],
            optima=[] if self.optima is None else _optimum_rows(self.optima, law.group),
            holdout=held.to_dict("records"),
            provenance=record,
        )


def _optimum_rows(table: pd.DataFrame, group: str) -> list[dict[str, Any]]:
    """Rows of the optima; the label of a law's groups under one name."""
    rows = table.rename(columns={group: "group"} if group else {}).to_dict("records")
    return [{str(name): x for name, x in row.items()} for row in rows]


def write_comparison(compared: Comparison, folder: Path) -> None:
    """Tables of a comparison, its figure, and the record of the fits, into a folder."""
    from bayesfit.figures._style import png
    from bayesfit.figures.laws import laws_side_by_side

    tables = dict(exponents=compared.exponents.reset_index(), optima=compared.optima)
    tables |= dict(scores=compared.scores.reset_index())
    for name, table in tables.items():
        if not table.empty:
            _csv(table, folder / f"{name}.csv")
    if compared.draws:
        (folder / "laws.png").write_bytes(png(laws_side_by_side(compared)))
    fits = {
        name: dict(law=fit.law.name, runs=len(fit.runs), sha256=fit.runs.sha256)
        for name, fit in compared.fits.items()
    }
    record = dict(bayesfit=__version__, weights=compared.weights, fits=fits)
    (folder / "run.json").write_text(json.dumps(record, indent=2), encoding="utf-8")


def _exponent_rows(fit: Fit, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    meanings = dict(fit.noise.symbols) | dict(kappa=KAPPA) | dict(fit.law.symbols)
    for label, row in table.iterrows():
        name = str(label)
        published = [
            dict(source=p.source, value=p.values[name], error=p.errors.get(name))
            for p in fit.law.published
            if name in p.values
        ]
        meaning = meanings.get(name.partition("[")[0], "")
        values = {str(column): value for column, value in row.items()}
        yield dict(name=name, meaning=meaning, published=published) | values


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, float_format="%.9g")


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new empty folder that takes the place of `folder` if the block ends well.

    Raises:
        InputError: the place cannot be written, or holds something that is not a former result.
    """
    check_writable(folder)
    try:
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error
    try:
        yield new
        old = new.with_name(f"{new.name}-old")
        new.chmod(0o755)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_writable(folder: Path) -> None:
    """Complain about an output folder before the work starts, not after.

    Raises:
        InputError: as `replaced`.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(_unwritable(folder, error.strerror)) from error
    if not os.access(folder.parent, os.W_OK):
        raise InputError(_unwritable(folder, "permission denied"))
    if folder.exists() and (not folder.is_dir() or _foreign(folder)):
        raise InputError(
            f"{folder} holds something that is not a bayesfit result; choose another --out."
        )


def _foreign(folder: Path) -> bool:
    return any(folder.iterdir()) and not (folder / "run.json").exists()


def _unwritable(folder: Path, reason: str | None) -> str:
    return f"the output folder {folder} cannot be written ({reason}); choose another with --out"

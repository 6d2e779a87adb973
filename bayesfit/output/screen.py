"""The one screen of `run` (what was fitted, what came out, what to mistrust), and of `check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bayesfit.data.runs import Runs
from bayesfit.formatting import count, flops, like, number
from bayesfit.output.results import Results
from bayesfit.questions.influence import Influence, in_words

COLOURS = {"PASS": "green", "REVIEW": "yellow", "FAIL": "bold red"}


FEW_GROUPS = 6  # more are left to the tables on disk

INFLUENCE: dict[str, tuple[str, Callable[[float], str]]] = {  # column -> heading, how to say it
    "tokens_per_parameter": ("D/N", lambda x: number(x, 2)),
    "residual": ("residual", lambda x: f"{x:+.1%}"),
    "N_mle": ("N*", lambda x: f"x {x:.3f}"),
    "a_mle": ("a", lambda x: f"{x:+.4f}"),
    "E_mle": ("E", lambda x: f"{x:+.4f}"),
    "N_sds": ("posterior N*", lambda x: f"{x:+.2f} sd"),
    "pareto_k": ("k", lambda x: f"{x:.2f}"),
}


@contextmanager
def progress(console: Console) -> Iterator:
    """A bar for each stage, as a function of (stage, done, total)."""
    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        tasks: dict = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


def opening(console: Console, law_doc: str, runs: Runs) -> None:
    """What is about to be fitted to what, and what was left out."""
    console.print(Text(law_doc.partition("\n")[0], style="bold"))
    label = "SIMULATED " if runs.simulated else ""
    console.print(f"{label}{runs.name}: {len(runs)} runs ({runs.source})")
    for sentence in (*runs.left_out, *runs.notes):
        console.print(f"  {sentence}", style="dim")
    console.print()


def closing(console: Console, results: Results, folder: Path) -> None:
    """Exponents, optima, held-out runs and findings."""
    if console.quiet:
        return
    console.print(_exponents(results, console.width))
    if results.optima is not None:
        console.print(_optima(results, console.width))
    if results.held_out is not None:
        console.print(_held_out(results))
    for finding in results.findings:
        verdict = Text(f"{finding.verdict:<7}", style=COLOURS[finding.verdict])
        said = Text(f"{finding.finding} {finding.advice}".rstrip())
        console.print(_side_by_side(verdict, said))
    seconds = sum(results.fit.timings.values())
    console.print(f"\nFitted in {seconds:.1f} s. Report: {folder / 'report.html'}", style="bold")


def influence(console: Console, found: Influence) -> None:
    """The runs that were left out together, what each does alone, and what they do together."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run", overflow="fold")
    top = found.runs.head(len(found.together) - 1)
    columns = [name for name in INFLUENCE if name in top]
    for name in columns:
        table.add_column(INFLUENCE[name][0], justify="right", no_wrap=True)
    for _, row in top.iterrows():
        label = f"{int(row['number'])} {row.get('run', '')}".rstrip()
        table.add_row(label, *(INFLUENCE[name][1](row[name]) for name in columns))
    title = "The runs that move the fit most, and the MLE and posterior without each alone"
    console.print(Text(title, style="bold"))
    console.print(table)
    console.print()
    for sentence in in_words(found):
        console.print(sentence, markup=False)


def _side_by_side(left: Text, right: Text) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(left, right)
    return grid


def _exponents(results: Results, width: int) -> Group:
    """The paper's parameters; exponents.csv has the reference run, the noise, and many groups."""
    law, rows = results.fit.law, results.exponents.to_dict("index")
    few = len(results.fit.labels) <= FEW_GROUPS
    shown = {str(n): row for n, row in rows.items() if few or "[" not in str(n)}
    chosen = {n: row for n, row in shown.items() if n.partition("[")[0] in law.symbols}
    say = {n: like(row["posterior_lo80"], row["posterior_hi80"]) for n, row in chosen.items()}

    def column(*keys: str) -> list[str]:
        return [_dash(*(say[name](row[key]) for key in keys)) for name, row in chosen.items()]

    columns = [("", list(chosen)), ("posterior", column("posterior_median"))]
    columns += [(f"{p} %", column(f"posterior_lo{p}", f"posterior_hi{p}")) for p in (80, 95)]
    columns.append(("MLE", column("mle")))
    columns += [
        (f"bootstrap {p} %", column(f"bootstrap_lo{p}", f"bootstrap_hi{p}")) for p in (80, 95)
    ]
    for p in law.published:
        cells = [number(p.values[name], 4) if name in p.values else "" for name in chosen]
        columns.append((p.source, cells))
    return in_width(columns, width)


def _optima(results: Results, width: int) -> Group:
    assert results.optima is not None
    table = results.optima

    def column(name: str, say: Callable[[float], str]) -> list[str]:
        return [say(x) for x in table[name]]

    def between(name: str, level: int, say: Callable[[float], str]) -> tuple[str, list[str]]:
        ends = (column(f"{name}_{end}{level}", say) for end in ("lo", "hi"))
        return f"{level} %", [_dash(low, high) for low, high in zip(*ends, strict=True)]

    budgets, group = column("C", flops), results.fit.law.group
    if group in table:
        budgets = [f"{C} {label}" for C, label in zip(budgets, table[group], strict=True)]
    columns = [("FLOPs", budgets)]
    for name, heading, say in (
        ("N", "N*", count),
        ("D", "D*", count),
        ("tokens_per_parameter", "D*/N*", _ratio),
    ):
        columns += [(heading, column(name, say)), between(name, 80, say)]
    if "loss" in table:
        columns += [("loss", column("loss", _loss))]
        columns += [between("loss", level, _loss) for level in (80, 95)]
    title = Text("The best model for each budget, with posterior bands", style="bold")
    return Group(title, in_width(columns, width))


def in_width(columns: list[tuple[str, list[str]]], width: int) -> Group:
    """Columns as one table, or as several under each other that repeat the first column."""
    first, *others = columns
    tables, room = [], 0
    for heading, cells in others:
        needed = 2 + max(map(len, (heading, *cells)))
        if needed > room:
            tables.append([first])
            room = width - max(map(len, (first[0], *first[1])))
        tables[-1].append((heading, cells))
        room -= needed
    return Group(*(part for table in tables for part in (_table(table), Text())))


def _table(columns: list[tuple[str, list[str]]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, (heading, _) in enumerate(columns):
        table.add_column(heading, justify="right" if position else "left", no_wrap=True)
    for cells in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*map(Text, cells))  # a label in brackets is no markup
    return table


def backtest(console: Console, summary: pd.DataFrame, scored: pd.DataFrame) -> None:
    """Coverage and scores of the roll-outs, one row a method."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    headings = ("", "in 50 %", "in 80 %", "in 95 %", "95 % width", "bias", "error")
    headings += ("CRPS", "log score")
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for method, row in summary.iterrows():
        covered = [f"{row[f'coverage{level}']:.0%}" for level in (50, 80, 95)]
        sizes = [f"{100 * row[name]:.2f} %" for name in ("width95", "bias", "are", "crps")]
        table.add_row(str(method), *covered, *sizes, f"{row['log_score']:.2f}")
    ours = scored[scored["method"] == summary.index[0]]
    rollouts = ours["threshold"].nunique()
    told = f"{rollouts} roll-outs, {len(ours)} losses predicted before they were seen"
    console.print(told, table, sep="\n")


def regret(console: Console, told: pd.DataFrame) -> None:
    """What acting on the first roll-out's N* would have cost, in loss at the largest budget."""
    first = told.iloc[0]
    console.print(
        f"\nAt {flops(first['C'])} FLOPs the smallest roll-out would have trained "
        f"{count(first['N'])} parameters where the largest says {count(first['N_best'])}: "
        f"a loss {first['regret']:.2%} higher."
    )


def _held_out(results: Results) -> Padding:
    held = results.predictions[results.predictions["held_out"]]
    error = held["relative_error"].abs().mean()
    said = (
        f"Held out: {len(held)} runs, predicted with a mean absolute error of {error:.2%}; "
        f"{held['inside80'].mean():.0%} of them inside the 80 % band, "
        f"{held['inside95'].mean():.0%} inside the 95 % band."
    )
    return Padding(Text(said), (0, 0, 1, 0))


def _ratio(x: float) -> str:
    return number(x, 2)


def _loss(x: float) -> str:
    return f"{x:.3f}"


def _dash(low: str, high: str = "") -> str:
    return f"{low}–{high}" if high else low

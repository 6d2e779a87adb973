"""What `bayesfit compare` prints: exponents and optima by law and by paper, scores, weights."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.text import Text

from bayesfit import formatting as words
from bayesfit.datasets import published_exponents
from bayesfit.output.screen import in_width
from bayesfit.questions.compare import AVERAGED, Comparison


def comparison(console: Console, compared: Comparison) -> None:
    """One table of answers, one of scores, and a sentence on how much the choice of law matters."""
    if compared.draws:
        console.print(Text("How N* and D* grow with compute", style="bold"))
        console.print(in_width(_exponents(compared.exponents), console.width))
        console.print(Text("The best model for each budget, with 80 % bands", style="bold"))
        console.print(in_width(_optima(compared.optima), console.width))
    if not compared.scores.empty:
        console.print(Text("How well each law predicts", style="bold"))
        console.print(in_width(_scores(compared.scores), console.width))
    for sentence in in_words(compared):
        console.print(sentence, markup=False)


def _exponents(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    published = published_exponents()
    papers = (f"{r['source'].partition(' (')[0]}, {r['what']}" for _, r in _rows(published))
    names = [*map(str, table.index), *papers]
    a = [_band(row, "a", _three) for _, row in _rows(table)]
    b = [_band(row, "b", _three) for _, row in _rows(table)]
    a += [_printed(row) for _, row in _rows(published)]
    b += [_three(1 - row["a"]) for _, row in _rows(published)]
    return [("", names), ("a (80 %)", a), ("b (80 %)", b)]


def _printed(row: pd.Series) -> str:
    if row["low"] == row["low"]:
        return f"{_three(row['a'])} ({_three(row['low'])}–{_three(row['high'])})"
    se = f" ± {_three(row['se'])}" if row["se"] == row["se"] else ""
    return f"{_three(row['a'])}{se}"


def _optima(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Every other budget from the largest down: the others are on disk."""
    shown = table[table["C"].isin(sorted(table["C"].unique())[::-2])]
    rows = [row for _, row in _rows(shown.sort_values(["C"], kind="stable"))]
    columns = [("FLOPs, law", [f"{words.flops(r['C'])} {r['law']}" for r in rows])]
    columns += [("N*", [_band(r, "N", words.count) for r in rows])]
    columns += [("D*", [_band(r, "D", words.count) for r in rows])]
    if "loss" in table:
        columns += [("loss", [_band(r, "loss", _three) for r in rows])]
    return columns


def _scores(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    rows = [row for _, row in _rows(table)]
    columns = [("", list(map(str, table.index)))]
    columns += [("LOO", [f"{r['elpd_loo']:.1f}" for r in rows])]
    columns += [
        ("to the best", [f"{r['difference']:.1f} ± {r['se_difference']:.1f}" for r in rows])
    ]
    columns += [("weight", [f"{r['weight_loo']:.0%}" for r in rows])]
    if "log_score" in table:
        columns += [("log score beyond", [f"{r['log_score']:.2f}" for r in rows])]
        columns += [("in 80 %", [f"{r['coverage80']:.0%}" for r in rows])]
        columns += [("in 95 %", [f"{r['coverage95']:.0%}" for r in rows])]
    if "weight_held_out" in table:
        columns += [("weight beyond", [f"{r['weight_held_out']:.0%}" for r in rows])]
    return columns


def in_words(compared: Comparison) -> list[str]:
    """What the weights are made of, and how much hangs on the choice of law."""
    said = []
    for name, law in compared.fits.items():
        if law.law.is_of_loss and name not in compared.scores.index:
            said.append(f"{name} has no scores: it was fitted to other rows than most of the laws.")
    if not compared.scores.empty:
        unreliable = compared.scores["unreliable"]
        for name, count in unreliable[unreliable > 0].items():
            said.append(
                f"The leave-one-out score of {name} is rough: Pareto k above 0.7 for {count} runs."
            )
    if AVERAGED in compared.draws:
        ordered = compared.weighed_by == "weight_held_out"
        by = "held-out losses beyond a budget" if ordered else "runs left out one at a time"
        said.append(f"The {AVERAGED} rows mix the laws by their stacking weights on {by}.")
    if compared.draws:
        last = compared.optima[compared.optima["C"] == compared.budgets[-1]].set_index("law")
        own = last.drop(AVERAGED, errors="ignore")
        apart = own["N"].max() / own["N"].min()
        widest = (own["N_hi80"] / own["N_lo80"]).max()
        budget = words.flops(compared.budgets[-1])
        said.append(
            f"At {budget} FLOPs the laws' N* are a factor of {apart:.1f} apart; the widest 80 % "
            f"band of one law spans a factor of {widest:.1f}."
        )
    return said


def _rows(table: pd.DataFrame):
    return table.iterrows()


def _three(x: float) -> str:
    return f"{x:.3f}"


def _band(row: pd.Series, name: str, say) -> str:
    if row[name] != row[name]:
        return ""
    return f"{say(row[name])} ({say(row[f'{name}_lo80'])}–{say(row[f'{name}_hi80'])})"

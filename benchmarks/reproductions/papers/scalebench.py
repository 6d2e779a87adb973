"""ScaleBench (Li et al. 2026): R2 on the expensive runs of laws fitted to the whole pool.

The paper prints the mean over about ten laws of each task, fitted by least squares; ours is one law
of each, so where the two differ it is the law that does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from bayesfit.data.runs import from_frame
from bayesfit.problem import codes
from benchmarks.reproductions.fits import LEAST_SQUARES, Fitted
from benchmarks.reproductions.papers.tao import WIDTHS, per_character
from benchmarks.reproductions.rows import Row
from benchmarks.reproductions.tables import shared

CITATION = "Li et al. 2026 (ScaleBench), arXiv:2604.22753"
ONE_LAW = "ours is one law, the printed number is the mean over about ten"
Shape = Callable[[pd.DataFrame], pd.DataFrame]


def named(**names: str) -> Shape:
    """A table with other headings."""
    return lambda table: table.rename(columns=names)


def domains(table: pd.DataFrame) -> pd.DataFrame:
    """Proportions and losses as the law of mixtures reads them."""
    return table.rename(columns={name: name.replace("_domain_", "_") for name in table})


def sparse(table: pd.DataFrame) -> pd.DataFrame:
    """All experts counted, and both stages' tokens."""
    N, D = 1e9 * table["P"] * table["N_active"], 1e9 * (table["D1"] + table["D2"])
    return table.assign(N=N, D=D, sparsity=1 - 1 / table["P"])


def vocabularies(table: pd.DataFrame) -> pd.DataFrame:
    """Tokens from characters by the rule of Tao et al., parameters by the widths of the sizes."""
    V, N = table["vocab_size"], table["non_vocab_parameters"]
    width = N.map(dict(zip(sorted(N.unique()), WIDTHS, strict=True)))
    return table.assign(
        N=N,
        D=table["num_characters"] * per_character(V),
        vocab_parameters=width * V,
        run=N.astype(str) + " with " + V.astype(str),
    )


TASKS: Mapping[str, tuple[str, Shape, bool, dict[str, str]]] = {  # file -> shape, by group, laws
    "domain_mixture": ("mixture", domains, True, dict(mixture="0.81")),
    "vocab": ("vocabulary", vocabularies, False, dict(vocabulary="0.93")),
    "parallel": ("parallel streams", named(num_params="N", parallel_size="streams"), True,
                 dict(parallel="0.99")),
    "moe": ("experts", named(num_experts="experts", dense_parameter_count="N",
                             loss_validation="loss"), False,
            dict(routed="0.81", routed_floor="0.81")),
    "data_constrained": ("repeated data", named(params="N", tokens="D"), False,
                         dict(data_constrained="0.79", repeated_data="0.79")),
    "sparsity": ("sparsity", sparse, False, dict(moe_sparsity="0.37")),
}  # fmt: skip


def r2(law: str, table: pd.DataFrame) -> float:
    """Of all groups' test runs together, each group fitted by itself."""
    seen, found = [], []
    for _, part in table.groupby("group"):
        train, test = (
            from_frame(part[part["split"] == x].drop(columns=["group", "split"])
                       .reset_index(drop=True), law) for x in ("train", "test")
        )  # fmt: skip
        fit = Fitted(law, train, delta=LEAST_SQUARES)
        held = test if fit.law.prepare is None else fit.law.prepare(test)
        columns = {name: held[name] for name in fit.law.inputs}
        seen.append(held[fit.law.response])
        found.append(fit.loss(columns | codes(fit.law, held, fit.bound.labels)))
    y = np.concatenate(seen)
    return 1 - float(np.sum((np.concatenate(found) - y) ** 2) / np.sum((y - y.mean()) ** 2))


def whole_pool() -> Iterator[Row]:
    """The last line of the table of results."""
    for file, (task, shape, by_group, laws) in TASKS.items():
        table = shape(shared(f"scalebench/{file}.csv"))
        table = table if by_group else table.assign(group="all")
        for law, printed in laws.items():
            yield Row("table of results", f"R2 on the test runs of {task}, whole pool, by {law}",
                      printed, r2(law, table), f"ScaleBench, {file}", why=ONE_LAW)  # fmt: skip


PARTS = (whole_pool,)

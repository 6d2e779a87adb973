"""Ludziejewski et al. 2025: the joint law's best models, and its Chinchilla form for each E."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import numpy as np

from bayesfit import models
from bayesfit.law import View
from bayesfit.prediction.optimum import optima
from benchmarks.reproductions.rows import Row, by_rounding, rounded

CITATION = "Ludziejewski et al. 2025, arXiv:2502.05172"
LAW = "moe_joint"
EXPERTS = (1, 2, 4, 8, 16, 32)
TABLE_1 = {  # budget -> best active parameters and tokens of each number of experts
    "1e20": (
        "1.7e9 1.5e9 1.2e9 990e6 810e6 669e6",
        "9.7e9 11.4e9 13.9e9 17.0e9 20.7e9 24.9e9",
    ),
    "1e21": (
        "5.7e9 5.0e9 4.4e9 3.8e9 3.3e9 2.85e9",
        "29.3e9 33.0e9 38.0e9 44.3e9 51.2e9 58.4e9",
    ),
    "1e22": (
        "18.8e9 17.4e9 15.8e9 14.4e9 13.2e9 12.2e9",
        "88.6e9 96.0e9 105.4e9 115.8e9 126.5e9 136.9e9",
    ),
}
TABLE_4 = {  # experts -> m, mu, n, nu
    1: "30.3640 -0.1817 53.9838 -0.1965",
    2: "27.7982 -0.1780 66.8401 -0.2065",
    4: "24.8462 -0.1731 87.7022 -0.2192",
    8: "21.8330 -0.1676 119.9126 -0.2338",
    16: "19.0159 -0.1617 167.5073 -0.2494",
    32: "16.5424 -0.1557 234.6726 -0.2652",
}


def best_models() -> Iterator[Row]:
    """Table 1, whose constants are those of table 3."""
    law, (p, half) = models.load(LAW), rounded(LAW)
    for budget, columns in TABLE_1.items():
        sizes, tokens = (x.split() for x in columns)
        for experts, N, D in zip(EXPERTS, sizes, tokens, strict=True):
            plan = dict(given=dict(experts=experts))
            for name, what, printed in (("N", "active parameters", N), ("D", "tokens", D)):
                yield Row("table 1", f"best {what} at {budget} FLOPs, {experts} experts", printed,
                          **by_rounding(lambda x, n=name, plan=plan, C=float(budget):
                                        optima(law, x, [C], **plan)[n][:, 0], p, half))  # fmt: skip


def chinchilla() -> Iterator[Row]:
    """Table 4: the law for a number of experts."""
    (p, half), module = rounded(LAW), import_module("bayesfit.models.moe_joint")
    for experts, columns in TABLE_4.items():
        names = ("m", "mu", "n", "nu")
        for k, (name, printed) in enumerate(zip(names, columns.split(), strict=True)):

            def term(x, k=k, experts=experts):
                return np.asarray(module.chinchilla(View(**x), experts)[k])

            yield Row("table 4", f"{name} for {experts} experts", printed, why=asks_for(p),
                      **by_rounding(term, p, half))  # fmt: skip


def asks_for(p) -> str:
    """Which E_start the scales of one expert in table 4 come from: there m = a E_start^delta."""
    m, _, n, _ = map(float, TABLE_4[1].split())
    starts = (m / p["a"]) ** (1 / p["delta"]), (n / p["b"]) ** (1 / p["omega"])
    return (f"the scales of one expert ask for an E_start of {np.mean(starts):.3f}, "
            f"where table 3 prints {p['E_start']}")  # fmt: skip


PARTS = (best_models, chinchilla)

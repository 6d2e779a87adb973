"""Krajewski et al. 2024: the best fine-grained models of seven budgets, from the printed law."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayesfit import models
from bayesfit.formatting import count, flops
from bayesfit.law import View
from bayesfit.prediction.optimum import optima
from benchmarks.reproductions.fits import response
from benchmarks.reproductions.rows import ROUNDING, Row, by_rounding, ends, last_digit, rounded

CITATION = "Krajewski et al. 2024, arXiv:2402.07871"
LAW, TOTAL = "moe_fine_grained", 43  # all parameters over active ones, at an expansion of 64
TABLE_2 = (  # active parameters, tokens, granularity, FLOPs, loss
    ("100e6", "4.37e9", 8, "2.95e18", "3.133"),
    ("1e9", "28.94e9", 16, "1.93e20", "2.491"),
    ("3e9", "72.90e9", 16, "1.41e21", "2.245"),
    ("7e9", "137.60e9", 32, "6.46e21", "2.076"),
    ("70e9", "941.07e9", 32, "4.16e23", "1.694"),
    ("300e9", "2.96e12", 64, "5.69e24", "1.503"),
    ("1e12", "7.94e12", 64, "4.97e25", "1.367"),
)
GRAINS = (4, 8, 16, 32, 64, 128)


def constants():
    """The law's printed constants, and half a unit of the last digit of each."""
    return rounded(LAW)


def losses_and_flops() -> Iterator[Row]:
    """Loss and FLOPs of the seven models of table 2."""
    law, (p, half) = models.load(LAW), constants()
    for active, D, G, C, loss in TABLE_2:
        N, D_ = TOTAL * float(active), float(D)
        run = dict(N=N, D=D_, granularity=float(G))
        name = f"{count(float(active))} active on {count(D_)} tokens"
        yield Row(
            "table 2",
            f"loss of {name}",
            loss,
            **by_rounding(lambda x, run=run: response(law, x, run)[:, 0], p, half),
        )
        cost = [
            float(law.cost(View(**run | dict(D=D_ + s * last_digit(D) / 2)))) for s in (0, -1, 1)
        ]
        yield Row("table 2", f"FLOPs of {name}, with the router", C, cost[0],
                  "its sizes and tokens", ends(cost), ROUNDING,
                  why="sizes in the table have one digit")  # fmt: skip


def best_models() -> Iterator[Row]:
    """The best granularity, size and tokens of each budget."""
    law, (p, half) = models.load(LAW), constants()
    one = {name: np.array([x]) for name, x in p.items()}
    budgets = [float(row[3]) for row in TABLE_2]
    losses = [optima(law, one, budgets, given=dict(granularity=G))["loss"][0] for G in GRAINS]
    for k, (active, D, G, C, _) in enumerate(TABLE_2):
        best = GRAINS[int(np.argmin([x[k] for x in losses]))]
        yield Row("table 2", f"best granularity at {C} FLOPs", str(G), float(best))

        def at(x, name, C=float(C), G=G):
            return optima(law, x, [C], given=dict(granularity=G))[name][:, 0]

        yield Row(
            "table 2",
            f"best active parameters at {flops(float(C))} FLOPs",
            active,
            **by_rounding(lambda x, at=at: at(x, "N") / TOTAL, p, half),
        )
        yield Row("table 2", f"best tokens at {flops(float(C))} FLOPs", D,
                  **by_rounding(lambda x, at=at: at(x, "D"), p, half))  # fmt: skip


PARTS = (losses_and_flops, best_models)

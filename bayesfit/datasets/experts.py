"""Tables made from the constants that papers on experts print, whose runs are not public.

Each is the law's own surface at a design like the paper's, with Student-t scatter of half a per
cent. They show how a law is fitted and what its answers look like; nothing can be learned from
them about training, and they are marked SIMULATED wherever they are shown.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bayesfit.datasets.simulated import published, scatter
from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd

# Blocks (d_model = 64 blocks), most experts, and most tokens, from 0.5B in steps of two
JOINT = ((8, 32, 2e9), (10, 32, 4e9), (12, 32, 8e9), (16, 32, 16e9), (22, 4, 16e9), (26, 4, 16e9))
# d_model, blocks, and the finest granularity at 16B, 33B, 66B and 130B tokens (their table 3)
FINE = (
    (256, 4, (16, 16, 16)),
    (384, 4, (16, 16, 16)),
    (512, 4, (16, 16, 16, 4)),
    (512, 8, (16, 16, 8)),
    (640, 10, (16, 16, 4)),
    (768, 12, (0, 4)),
)
TOKENS = (16e9, 33e9, 66e9, 130e9)
BUDGETS, SPARSITIES = (3e19, 6e19, 1e20, 3e20, 1e21), (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)
SIZES = 5  # of a profile: active parameters from a third to three times the middle


def observed(name: str, rows: list, seed: int) -> pd.DataFrame:
    """Runs of a law's inputs, with its own FLOPs and the loss that its published constants give."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View

    law, p = published(name)
    frame = pd.DataFrame(rows, columns=list(law.inputs)).astype(float).round(6)
    columns = View(**{column: frame[column].to_numpy() for column in law.inputs})
    loss = np.exp(np.asarray(law.log_loss(p, columns))) * scatter(len(frame), seed)
    return frame.assign(C=np.asarray(law.cost(columns)), loss=loss.round(5))


def make_joint() -> pd.DataFrame:
    """Six sizes, 79M to 1.1B active, with 1 to 32 experts on 0.5B to 16B tokens."""
    rows = []
    for blocks, most, tokens in JOINT:
        N = 2 * 64 * blocks * 50257 + 13 * blocks * (64 * blocks) ** 2
        experts = [2**i for i in range(6) if 2**i <= most]
        D = [5e8 * 2**i for i in range(6) if 5e8 * 2**i <= tokens]
        rows += [(N, *rest) for rest in product(D, experts)]
    return observed("moe_joint", rows, 4)


def make_fine_grained() -> pd.DataFrame:
    """Six sizes, 64 x 3M to 64 x 85M, with granularity 1 to 16, by the paper's table 3."""
    rows = []
    for d_model, blocks, finest in FINE:
        N = (8 * 64 + 4) * d_model**2 * blocks
        for D, most in zip(TOKENS, finest, strict=False):
            rows += [(N, D, 2**i) for i in range(5) if 2**i <= most]
    return observed("moe_fine_grained", rows, 5)


def make_sparse() -> pd.DataFrame:
    """Five budgets, seven sparsities, five sizes each."""
    import numpy as np

    rows = []
    for C, S in product(BUDGETS, SPARSITIES):
        for active in np.sqrt(C / 120) * np.geomspace(1 / 3, 3, SIZES):  # 20 tokens for each
            rows.append((round(active / (1 - S)), round(C / (6 * active)), S))
    return observed("moe_sparsity", rows, 6)


joint = Source(
    what="SIMULATED models of 1 to 32 experts, 79M to 1.1B active parameters",
    citation="simulated from the constants of Ludziejewski et al. 2025, arXiv:2502.05172, table 3",
    rows=144,
    make=make_joint,
)
fine_grained = Source(
    what="SIMULATED models of 64 times 3M to 85M parameters at five granularities",
    citation="simulated from the constants of Krajewski et al. 2024, arXiv:2402.07871, table 1",
    rows=78,
    make=make_fine_grained,
)
sparse = Source(
    what="SIMULATED isoFLOP profiles at seven sparsities, five budgets",
    citation="simulated from the constants of Abnar et al. 2025, arXiv:2501.12370, table 3",
    rows=175,
    make=make_sparse,
)

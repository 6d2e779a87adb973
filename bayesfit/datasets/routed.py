"""`routed`: the routed and dense models of Clark et al. 2022, which they published as curves.

Their repository google-deepmind/scaling_laws_for_routing (data under CC BY 4.0) has the loss of
each model along its training; here stands the end of each. `N` is the size of the dense model that
experts were added to, `N_total` counts all of them. Dense models are a limit of every router's law
and were part of each of their fits: each stands in the table once for every router, so that any
router can be fitted by itself (`router == 'S-Base'`), and all of them pooled (`--group router`). A
fit of all rows without groups counts the dense models three times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd

BATCH = 512 * 1024  # tokens of a step
ROUTERS = ("S-Base", "RL-R", "Hash")
KEPT = dict(k=1, routing_frequency=0.5, seed=42)  # what the published fits were made of


def shape(frame: pd.DataFrame) -> pd.DataFrame:
    """The last step of each model, dense ones once for every router."""
    import pandas as pd

    last = frame.loc[frame.groupby("hyper_id")["step"].idxmax()]
    dense = last["router_type"] == "Dense"
    parts = [
        last[dense | (last["router_type"] == router)].assign(router=router) for router in ROUTERS
    ]
    table = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(
        dict(
            run=table["hyper_id"].astype(str) + " " + table["router"],
            router=table["router"],
            experts=table["num_experts"],
            k=table["k"],
            routing_frequency=table["routing_frequency"],
            dense_flops=table["flop_increase"],
            seed=table["seed"],
            N=table["dense_parameter_count"],
            N_total=table["total_parameter_count"],
            D=table["step"] * BATCH,
            loss=table["loss_validation"],
        )
    )


def left_out(frame: pd.DataFrame) -> pd.Series:
    """Other ways of routing than that of the published fits, and repeats of a model."""
    others = (frame[list(KEPT)] != list(KEPT.values())).any(axis=1)
    return others | (frame["dense_flops"] != 1)


source = Source(
    what="dense and routed models of 16M to 1.3B, 1 to 512 experts, by three routers",
    citation="Clark et al. 2022, arXiv:2202.01169, data under CC BY 4.0",
    rows=249,
    file="curves.csv.gz",
    url="https://raw.githubusercontent.com/google-deepmind/scaling_laws_for_routing/"
    "42da0c392b127df2c01fa7b705f72396050d05e5/data/curves.csv.gz",
    sha256="c03e7531add85e594f368d33bac4a0220280be858a7ed12d147cf73af6a3819f",
    shape=shape,
    left_out=left_out,
    why="models with several experts a token, with routing in other than every second layer, with "
    "wider dense layers or from other seeds left out, as in the fits of Clark et al. 2022",
)

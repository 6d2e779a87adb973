"""`pile`: 30 public models, 70M to 20B parameters, all scored by one evaluation.

Dey et al. 2023, "Cerebras-GPT", arXiv:2304.03208, tables 3 and 8: Cerebras-GPT, its muP twins,
Pythia, deduplicated Pythia, GPT-J 6B and GPT-NeoX 20B. The loss is the cross-entropy on the test
set of the Pile, corrected to nats per GPT-2 token; C is the training FLOPs as the paper counts
them. `N` leaves out the embeddings, `N_total` counts them; `D` is in each family's own tokens.
"""

from bayesfit.datasets.source import Source

source = Source(
    what="public models, 70M to 20B, Pile test loss",
    citation="Dey et al. 2023, arXiv:2304.03208, tables 3 and 8",
    rows=30,
    file="pile.csv",
    left_out=lambda frame: frame["flag"] == "outlier",
    why="Pythia-dedup-1.4B left out: printed as 1.889, about 0.08 above its neighbours' trend",
)

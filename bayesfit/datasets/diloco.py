"""`diloco`: 43 runs at 20 tokens per parameter, 35M to 10B, by one laboratory on one corpus.

Charles et al. 2025, "Communication-Efficient Language Model Training Scales Reliably and Robustly",
arXiv:2503.09799, tables 4 and 5. `family` is the algorithm: data-parallel training (DP), or DiLoCo
with 1, 2, 4 or 8 replicas, whose losses differ by up to 4 %. The loss is the evaluation loss
in nats per token; N counts all parameters. At 4B and 10B the hyperparameters are extrapolated.
"""

from bayesfit.datasets.source import Source

source = Source(
    what="data-parallel and DiLoCo runs, 35M to 10B, D = 20 N",
    citation="Charles et al. 2025, arXiv:2503.09799, tables 4 and 5",
    rows=43,
    file="diloco.csv",
    left_out=lambda frame: frame["family"] != "DP",
    why="34 DiLoCo runs left out: the same sizes under another algorithm, not further evidence",
)

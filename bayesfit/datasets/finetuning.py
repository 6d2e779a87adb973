"""`finetuning`, `finetuning_one` and `transfer`: pretrained models on further data.

The first two follow the laws of Zhang et al. 2024 (arXiv:2402.17193) and Lin et al. 2024
(arXiv:2402.02314) at constants invented for them, at designs like the papers': four sizes from 1B
to 16B, and one model from no examples to 1.6 million. The third is at the constants that Hernandez
et al. 2021 (arXiv:2102.01293) print for text to Python.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bayesfit.datasets.simulated import published, scatter
from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd

JOINT = dict(A=80.0, alpha=0.15, beta=0.08, E=0.7)
RECTIFIED = dict(B=60.0, D_l=25.0, beta=0.5, E=0.9)
SIZES = (1e9, 2e9, 4e9, 8e9, 16e9)
EXAMPLES = tuple(200.0 * 2.0**k for k in range(14))
SIGMA, SIGMA_DATA = 0.005, 0.1  # scatter of log loss, and of the log of data transferred


def joint(seed: int = 6) -> pd.DataFrame:
    """Every size at every number of examples from 1600 on."""
    import pandas as pd

    frame = pd.DataFrame(list(product(SIZES, EXAMPLES[3:])), columns=["N", "D_ft"])
    return _with_loss(frame, "finetune", JOINT, seed)


def one(seed: int = 7) -> pd.DataFrame:
    """One model, without fine-tuning and at every number of examples."""
    import pandas as pd

    frame = pd.DataFrame(dict(D_ft=[0.0, *EXAMPLES]))
    return _with_loss(frame, "finetune_rectified", RECTIFIED, seed)


def _with_loss(frame: pd.DataFrame, name: str, p: dict[str, float], seed: int) -> pd.DataFrame:
    import numpy as np

    from bayesfit.law import View
    from bayesfit.models import load

    columns = View(**{str(x): frame[x].to_numpy() for x in frame})
    loss = np.exp(np.asarray(load(name).log_loss(View(**p), columns)))
    return frame.assign(loss=(loss * scatter(len(frame), seed, SIGMA)).round(5))


def transferred(seed: int = 8) -> pd.DataFrame:
    """Eight sizes at six amounts of fine-tuning data."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View

    law, p = published("transfer")
    sizes, amounts = np.geomspace(4e5, 8e8, 8).round(), np.geomspace(3e5, 1e8, 6).round()
    frame = pd.DataFrame(list(product(sizes, amounts)), columns=["N", "D_F"])
    columns = View(N=frame["N"].to_numpy(), D_F=frame["D_F"].to_numpy())
    D_T = np.exp(np.asarray(law.log_loss(p, columns))) * scatter(len(frame), seed, SIGMA_DATA)
    return frame.assign(D_T=D_T.round())


source = Source(
    what="SIMULATED losses of five pretrained sizes after fine-tuning",
    citation="a simulation of the law of Zhang et al. 2024, arXiv:2402.17193, at our constants",
    rows=len(SIZES) * len(EXAMPLES[3:]),
    make=joint,
)
one_model = Source(
    what="SIMULATED losses of one model, from no examples of fine-tuning on",
    citation="a simulation of the law of Lin et al. 2024, arXiv:2402.02314, at our constants",
    rows=1 + len(EXAMPLES),
    make=one,
)
transfer = Source(
    what="SIMULATED data that pretraining on text is worth for Python, eight sizes",
    citation="simulated from the constants of Hernandez et al. 2021, arXiv:2102.01293",
    rows=48,
    make=transferred,
)

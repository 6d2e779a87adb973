"""`simulated_schedules`: curves of one size under three schedules, by constants of Luo et al. 2025.

The schedules are those that arXiv:2503.12811 fits: a constant rate and a cosine of 24000 steps, and
a rate that falls at once to three tenths after 8000 of 16000. Losses are noted every 128 steps
after a warm-up of 2160, with scatter of 0.05 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.simulated import published, scatter
from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

WARMUP, EVERY = 2160, 128
HIGH, LOW = 3e-4, 3e-5
SIGMA = 0.0005


def rate(schedule: str, step: np.ndarray) -> np.ndarray:
    """The learning rate at steps after the warm-up (steps,)."""
    import numpy as np

    if schedule == "cosine":
        part = (step - WARMUP) / (24000 - WARMUP)
        return LOW + 0.5 * (HIGH - LOW) * (1 + np.cos(np.pi * part))
    return np.where((schedule == "drop") & (step >= 8000), 0.3 * HIGH, HIGH)


def curves(seed: int = 1, sigma: float = SIGMA) -> pd.DataFrame:
    """Three curves, with what each row's rate was."""
    import numpy as np
    import pandas as pd

    from bayesfit.data.runs import from_frame
    from bayesfit.data.schedules import history
    from bayesfit.law import View

    law, p = published("lr_schedule")
    lengths = dict(constant=24000, cosine=24000, drop=16000)
    parts = []
    for run, last in lengths.items():
        step = np.arange(WARMUP + 16, last, EVERY)
        parts.append(pd.DataFrame(dict(run=run, step=step, lr=rate(run, step), warmup=WARMUP)))
    frame = pd.concat(parts, ignore_index=True)
    known = history(from_frame(frame.assign(loss=1.0), "schedules"))
    columns = View(**{name: known[name].to_numpy() for name in law.inputs})
    loss = np.exp(np.asarray(law.log_loss(p, columns)))
    return frame.assign(loss=(loss * scatter(len(frame), seed, sigma)).round(6))


source = Source(
    what="SIMULATED loss curves of three learning rate schedules",
    citation="simulated from the constants of Luo et al. 2025, arXiv:2503.12811, 25M parameters",
    rows=450,
    make=curves,
)

"""Tables made from printed constants, for laws that read more than N and D and have no open data.

Each is the law's own surface at a design like its paper's, with Student-t scatter of half a per
cent (of half a point, where the law explains an error). They show how a law is fitted and what its
answers look like; nothing can be learned from them about training, and they are marked SIMULATED
wherever they are shown.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from bayesfit.datasets.simulated import SIGMA, published, scatter
from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from bayesfit.law import Law

CITATION = "simulated from the constants of {}"
QUALITY = dict(A=400.0, alpha=0.35, B=2500.0)  # what the paper's abstract leaves open: invented


def _surface(law: Law, p: Any, frame: pd.DataFrame) -> np.ndarray:
    """The response without its scatter (rows,)."""
    import numpy as np

    from bayesfit.law import View

    columns = View(**{name: frame[name].to_numpy(float) for name in law.inputs})
    return law.link.inverse(np.asarray(law.log_loss(p, columns)))


def make_epochs() -> pd.DataFrame:
    """Five corpora at three sizes each, for 1 to 64 epochs."""
    import numpy as np
    import pandas as pd

    law, p = published("data_constrained")
    rows = product((1e8, 4e8, 1.5e9, 6e9, 2.4e10), (0.5, 2.0, 8.0), (1.0, 4.0, 16.0, 64.0))
    frame = pd.DataFrame(list(rows), columns=["unique_tokens", "N", "epochs"])
    frame["N"] = np.round(frame["N"] * frame["unique_tokens"] / 20)  # 0.5 to 8 times the best
    frame["D"] = frame["epochs"] * frame["unique_tokens"]
    loss = _surface(law, p, frame) * scatter(len(frame), 4)
    return frame.drop(columns="epochs").assign(loss=loss.round(5))


def make_quality() -> pd.DataFrame:
    """Four sizes on four amounts of text, of which up to a half is corrupted."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View

    law, p = published("quality")
    sizes, amounts = np.geomspace(1e7, 6e8, 4).round(), np.geomspace(2e8, 2e10, 4).round()
    rows = list(product(sizes, amounts, (1.0, 0.9, 0.7, 0.5)))
    frame = pd.DataFrame(rows, columns=["N", "D", "quality"])
    surface = _surface(law, View(**(vars(p) | QUALITY)), frame)
    return frame.assign(loss=(surface * scatter(len(frame), 5)).round(5))


def make_errors() -> pd.DataFrame:
    """Eight sizes at six amounts of tokens per parameter: losses, and errors to each."""
    import numpy as np
    import pandas as pd

    law, p = published("loss_to_error")
    frame = pd.DataFrame(
        list(product(np.geomspace(1.1e7, 6.9e9, 8).round(), (5, 10, 20, 40, 160, 640))),
        columns=["N", "M"],
    )
    N, M, eta = frame["N"], frame.pop("M"), 0.121
    reducible = (141.0 * M**eta + 190.0 / M**eta) / (6.0 * N**2 * M) ** eta
    frame = frame.assign(D=N * M, loss=((1.51 + reducible) * scatter(len(frame), 6)).round(5))
    off = SIGMA * np.random.default_rng(7).standard_t(5.0, len(frame))
    return frame.assign(error=(_surface(law, p, frame) + off).round(5))


def make_vocabularies() -> pd.DataFrame:
    """Six sizes with five vocabularies each, at four amounts of text."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View

    law, p = published("vocabulary")
    widths = {33e6: 512, 85e6: 768, 151e6: 768, 316e6: 1024, 632e6: 1536, 1130e6: 2048}
    rows = list(product(widths, (4096, 8192, 16384, 32768, 65536), (4.0, 10.0, 25.0, 50.0)))
    frame = pd.DataFrame(rows, columns=["N", "vocab_size", "M"])
    frame["vocab_parameters"] = frame["vocab_size"] * frame["N"].map(widths)
    frame["D"] = frame["N"] * frame.pop("M")
    frame["C"] = law.cost(View(**frame))
    off = 2 * SIGMA * np.random.default_rng(8).standard_t(5.0, len(frame))
    return frame.assign(unigram_normalized_loss=(_surface(law, p, frame) + off).round(5))


def make_streams() -> pd.DataFrame:
    """Six sizes with one, two, four and eight streams."""
    import numpy as np
    import pandas as pd

    law, p = published("parallel")
    rows = list(product(np.geomspace(5.4e8, 4.4e9, 6).round(), (1, 2, 4, 8)))
    frame = pd.DataFrame(rows, columns=["N", "streams"])
    return frame.assign(loss=(_surface(law, p, frame) * scatter(len(frame), 9, 0.002)).round(5))


epochs = Source(
    what="SIMULATED runs of up to 64 epochs on five amounts of unique tokens",
    citation=CITATION.format("Muennighoff et al. 2023, arXiv:2305.16264, appendix A"),
    rows=60,
    make=make_epochs,
)
quality = Source(
    what="SIMULATED runs on text of four qualities",
    citation=CITATION.format("Subramanyam et al. 2025, arXiv:2510.03313; A, alpha, B are invented"),
    rows=64,
    make=make_quality,
)
errors = Source(
    what="SIMULATED losses and errors of 48 models",
    citation=CITATION.format("Gadre et al. 2024, arXiv:2403.08540, C4"),
    rows=48,
    make=make_errors,
)
vocabularies = Source(
    what="SIMULATED runs with vocabularies of 4,096 to 65,536 tokens",
    citation=CITATION.format("Tao et al. 2024, arXiv:2407.13623, approach 3"),
    rows=120,
    make=make_vocabularies,
)
streams = Source(
    what="SIMULATED runs with one to eight parallel streams",
    citation=CITATION.format("Chen et al. 2025, arXiv:2505.10475, Stack"),
    rows=24,
    make=make_streams,
)

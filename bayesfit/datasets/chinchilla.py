"""`chinchilla`: the runs of Hoffmann et al. 2022, digitised from their figure 4 by Epoch AI.

Besiroglu et al. 2024, arXiv:2404.10102, published the points; their repository has no licence, so
the file is fetched on first use and not shipped. `N` counts the embeddings; D = C / (6 N).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd


def shape(frame: pd.DataFrame) -> pd.DataFrame:
    """The size and compute of each point, without where it stood on the page."""
    N, C = frame["Model Size"], frame["Training FLOP"]
    return frame[[]].assign(N=N, D=C / (6 * N), C=C, loss=frame["loss"])


source = Source(
    what="57M to 16B, digitised from Hoffmann et al. 2022",
    citation="Besiroglu et al. 2024, arXiv:2404.10102, from Hoffmann et al. 2022, figure 4",
    rows=245,
    file="svg_extracted_data.csv",
    url="https://raw.githubusercontent.com/epoch-research/analyzing-chinchilla/"
    "92258837425e1b5f2851d624287f0120583a3d0e/data/svg_extracted_data.csv",
    sha256="193478df4e90f040016431996c45682659306840ecdadf83cfb9cd5ca0aa1b30",
    shape=shape,
    left_out=lambda frame: frame["loss"].rank(method="first", ascending=False) <= 5,
    why="the 5 runs of highest loss left out, as Besiroglu et al. 2024 do",
)

"""Parquet files, if pyarrow is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.data.readers import Reader
from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """A Parquet file, with the types that its columns have."""
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError as error:
        cure = "pip install 'bayesfit-scaling[parquet]'"
        raise InputError(f"reading {path} needs pyarrow, which is not installed: {cure}") from error


reader = Reader(endings=("parquet",), read=read)

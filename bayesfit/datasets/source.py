"""Where a built-in table comes from, as data: a `Source` is all that a new one needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def as_it_is(frame: pd.DataFrame) -> pd.DataFrame:
    """The shape of a table that already has the canonical columns."""
    return frame


@dataclass(frozen=True)
class Source:
    """One table of runs that `bayesfit.load` knows by name.

    Attributes:
        what: one line for `bayesfit data`.
        citation: the paper or repository, shown wherever the table is.
        rows: how many runs it has, those that are left out by default included.
        file: its file, beside this module or (if it has a `url`) in the user's cache.
        make: what makes the table instead, if it is a simulated one.
        url, sha256: where it is fetched from on first use, and the hash it must have.
        shape: upstream frame -> columns N, D, C, loss.
        left_out: shaped frame -> which rows stay out of fits by default.
        why: the sentence that says which and why.
    """

    what: str
    citation: str
    rows: int
    file: str = ""
    url: str = ""
    sha256: str = ""
    shape: Callable[[pd.DataFrame], pd.DataFrame] = as_it_is
    left_out: Callable[[pd.DataFrame], pd.Series] | None = None
    why: str = ""
    make: Callable[[], pd.DataFrame] | None = None

    @property
    def kept(self) -> str:
        """Where the table is, in words."""
        if self.make is not None:
            return "simulated"
        return "fetched on first use" if self.url else "built in"

    def path(self) -> Path:
        """The file on this machine, fetched if need be.

        The folder that BAYESFIT_DATA names is looked in first, then the user's cache, then the
        network; a file from any of them must have the hash.

        Raises:
            InputError: the file cannot be had, or is not the one that was meant.
        """
        if not self.url:
            return Path(__file__).with_name(self.file)
        return self._given() or self._fetched()

    def _given(self) -> Path | None:
        """The file in the folder BAYESFIT_DATA, if there is one."""
        folder = os.environ.get("BAYESFIT_DATA")
        if not folder:
            return None
        if not Path(folder).is_dir():
            raise InputError(f"BAYESFIT_DATA names {folder}, which is not a folder")
        path = Path(folder, self.file)
        if not path.exists():
            return None
        if sha256(path.read_bytes()).hexdigest() != self.sha256:
            raise InputError(f"{path} is not the file of {self.url}: its SHA-256 differs")
        return path

    def _fetched(self) -> Path:
        import pooch  # takes a while to import, and is needed for these tables alone

        pooch.get_logger().setLevel("WARNING")
        cache = pooch.os_cache("bayesfit")
        try:
            known = f"sha256:{self.sha256}"
            return Path(pooch.retrieve(self.url, known, fname=self.file, path=cache))
        except (OSError, ValueError) as error:  # the network's errors are OSErrors, a hash's Values
            raise InputError(
                f"cannot download {self.url} ({type(error).__name__}): put that file in a folder "
                f"and set BAYESFIT_DATA to the folder, or try again online"
            ) from None  # four tracebacks of the network tell no more

"""Numbers as people write them in tables: 1.3B, 300 GT, 5 PF-days, 2,100,000, 1_000.

Only what can be read in one way is read; how is said in a note.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from bayesfit.constants import PF_DAY

_POWERS = dict(k=3, thousand=3, m=6, mn=6, million=6, b=9, bn=9, billion=9, g=9, t=12, trillion=12)
_FLOPS = {"": 0, "k": 3, "m": 6, "g": 9, "t": 12, "p": 15, "e": 18, "z": 21, "y": 24}
_FLOPS |= dict(mega=6, giga=9, tera=12, peta=15, exa=18, zetta=21, yotta=24)
_CELL = re.compile(r"([+-]?(?:\d[\d_,  ]*)?\.?\d*(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([_,  ])\d{3})(?:\1\d{3})*(?:\.\d+)?")


def numbers(cells: pd.Series, column: str) -> tuple[np.ndarray, str]:
    """Cells of N, D, C or loss as float64, nan where there is no number; and how they were read.

    Args:
        cells: as the table has them (rows,).
        column: which of the four it is: 2T is two trillion tokens, but no number of FLOPs.
    """
    values = pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan).copy()
    written = [i for i in np.flatnonzero(np.isnan(values)) if isinstance(cells.iloc[i], str)]
    example = ""
    for i in written:
        text = str(cells.iloc[i]).strip()
        values[i] = _number(text, column)
        if np.isfinite(values[i]) and not example:
            example = f"{text} as {values[i]:.15g}"
    return values, example and f"{column} is written with units or separators: read {example}"


def _number(text: str, column: str) -> float:
    """One cell; nan if it is not a number with a unit of the column's."""
    match = _CELL.fullmatch(text)
    if not match or not any(x.isdigit() for x in match[1]):
        return np.nan
    digits, unit = match[1].strip(), (match[2] or "").lower()
    if re.search(r"[_,  ]", digits):
        if not _THOUSANDS.fullmatch(digits) or (re.fullmatch(r"[+-]?\d+,\d{3}", digits)):
            return np.nan  # 1,234 may be 1.234
        digits = re.sub(r"[_,  ]", "", digits)
    power = _power(re.sub(r"[^a-z]+", "", unit), column)
    return float(digits) * power if power else np.nan


def _power(unit: str, column: str) -> float:
    """What a unit multiplies by; 0 for one that the column does not have."""
    if not unit:
        return 1.0
    if column == "C":
        if re.fullmatch(r"(pf|petaflops?)s?(days?)", unit):
            return PF_DAY
        found = re.fullmatch(r"(\w*?)(flops?|f)", unit)
        return 10.0 ** _FLOPS[found[1]] if found and found[1] in _FLOPS else 0.0
    if column == "D":
        unit = re.sub(r"(tokens?|toks?)$", "", unit)
        unit = unit[:-1] if re.fullmatch(r"[kmgbt]t", unit) else unit
    elif column == "N":
        unit = re.sub(r"(parameters?|params?)$", "", unit)
    else:
        return 0.0
    return 1.0 if not unit else 10.0 ** _POWERS[unit] if unit in _POWERS else 0.0

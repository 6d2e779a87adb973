"""Numbers as people write them in tables: 1.3B, 300 GT, 5 PF-days, 2,100,000, 1_000.

Only what can be read in one way is read; how is said in a note.
"""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pandas as pd

# Powers of ten, of counts and of FLOPs: a P is no number of parameters, and 1e9 FLOPs are no B.
POWERS = dict(k=3, thousand=3, m=6, mn=6, million=6, b=9, bn=9, billion=9, g=9, t=12, trillion=12)
POWERS |= dict(thousands=3, millions=6, billions=9, trillions=12)
POWERS |= dict(mil=6, mill=6, mio=6, millionen=6, bil=9, mrd=9, mia=9, milliarden=9, tsd=3)
POWERS |= dict(md=9, milliard=9, milliards=9, mds=9)
PREFIXES = dict(k=3, m=6, g=9, t=12, p=15, e=18, z=21, y=24)
PREFIXES |= dict(mega=6, giga=9, tera=12, peta=15, exa=18, zetta=21, yotta=24)
DAY = 86400.0  # seconds
_DAYS = re.compile(  # of a rate, and so no gpu_days
    r"(?<![a-z])(k|m|g|t|p|e|z|mega|giga|tera|peta|exa|zetta)[-_ ]?f(?:lops?)?"
    r"(?:[-_ ]?/?[-_ ]?s(?:ec)?)?[-_ ]?days?(?![a-z])",
    re.IGNORECASE,
)
_KINDS, _NOT = (str, int, float, np.number, Decimal), (bool, np.complexfloating, np.timedelta64)
_CELL = re.compile(
    r"([+-]?(?:\d[\d_,'. \u00a0\u2009\u202f]*|\.)\d*(?:[eE][+-]?\d+)?)\s*([A-Za-z][A-Za-z/ .-]*)?"
)
_TIMES = re.compile(r"(?<=[\d.])\s*(?:[×x*·]|\\times)\s*10\s*(?:\^|\*\*)\s*\{?([+-]?\d{1,2})\b\}?")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SEPARATORS = r"_,'. \u00a0\u2009\u202f"
_TWICE = re.compile(r"[\d.]+e\+?(?:[6-9]|\d\d)\s*(?:[kmbgt]|bn|mn)t?", re.IGNORECASE)  # 1e9B
_THOUSANDS = re.compile(rf"[+-]?\d{{1,3}}([{_SEPARATORS}])\d{{3}}(?:\1\d{{3}})*(?:\.\d+)?")
_EITHER = re.compile(r"[+-]?\d{1,3}[,.]\d{3}")  # a decimal or a number of thousands


def numbers(cells: pd.Series, column: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Cells of N, D, C or loss as float64, nan where there is no number; and how they were read.

    Args:
        cells: as the table has them (rows,).
        column: which of the four it is, or "step" or "batch": 2T is two trillion tokens, but no
            number of FLOPs.

    Returns:
        The numbers; which of them have a unit of their own (rows,); a note, "" for plain numbers.
    """
    values = plain(cells)
    own, example = np.zeros(len(values), bool), ""
    for i in np.flatnonzero(np.isnan(values)):
        if not isinstance(cells.iloc[i], str):
            continue
        text = str(cells.iloc[i]).strip()
        values[i], own[i] = _number(text, column)
        if np.isfinite(values[i]) and not example:
            example = f"{text} as {values[i]:.15g}"
    note = example and f"{column} is written with units or separators: read {example}"
    return values, own, note


def plain(cells: pd.Series) -> np.ndarray:
    """Cells that are numbers, or text that is one, as float64; nan for all else (rows,).

    Dates, durations, truth values and complex numbers are no numbers here.
    """
    if cells.dtype.kind in "bMmc":
        return np.full(len(cells), np.nan)
    if cells.dtype.kind == "O":
        cells = cells.where(cells.map(lambda x: isinstance(x, _KINDS) and not isinstance(x, _NOT)))
    try:
        return pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan).copy()
    except (ArithmeticError, TypeError, ValueError):  # such as an integer of 400 digits
        return np.array([_float(x) for x in cells])


def _float(x: object) -> float:
    try:
        return float(x)  # type: ignore[arg-type]
    except OverflowError:
        return np.inf
    except (ArithmeticError, TypeError, ValueError):
        return np.nan


def with_carets(text: str) -> str:
    """Text with its powers of ten all written as 10^8, not as 10⁸."""
    return re.sub("10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda x: f"10^{x[1].translate(_RAISED)}", text)


def _number(text: str, column: str) -> tuple[float, bool]:
    """One cell, nan if it is no number of the column's, and whether it has a unit."""
    match = _CELL.fullmatch(_TIMES.sub(r"e\1", with_carets(text)))
    if not match or counts_twice(text):
        return np.nan, False
    digits, unit = match[1].strip(), re.sub(r"[/ .-]+", "", match[2] or "").lower()
    try:
        value = float(digits) if "_" not in digits else np.nan
    except ValueError:
        value = np.nan
    if np.isnan(value):
        if not _THOUSANDS.fullmatch(digits) or _EITHER.fullmatch(digits):
            return np.nan, False
        separator = next(x for x in digits if not x.isdigit() and x not in "+-")
        value = float(digits.replace(separator, ""))
    power = _power(unit, column)
    return (value * power, bool(unit)) if power else (np.nan, False)


def counts_twice(text: str) -> bool:
    """Whether a cell has millions or more in its exponent and once more in its letter: 1e9B."""
    return bool(_TWICE.fullmatch(text.strip()))


def flop_days(text: str) -> tuple[float, str] | None:
    """FLOPs of a day at the rate that a text names, and its name: PF-days, EFLOP/s-days."""
    found = _DAYS.search(text)
    if found is None:
        return None
    return 10.0 ** PREFIXES[found[1].lower()] * DAY, f"{found[1][0].upper()}F-days"


def _power(unit: str, column: str) -> float:
    """What a unit multiplies by; 0 for one that the column does not have."""
    if not unit:
        return 1.0
    if column == "C":
        days = flop_days(unit)
        if days:
            return days[0]
        found = re.fullmatch(r"(\w*?)(flops?|f)", unit)
        prefix = found[1] if found else "?"
        return 10.0 ** PREFIXES[prefix] if prefix in PREFIXES else float(prefix == "")
    if column == "D":
        unit = re.sub(r"(tokens?|toks?)$", "", unit)
        unit = unit[:-1] if re.fullmatch(r"[kmgbt]t", unit) else unit
    elif column == "N":
        unit = re.sub(r"(parameters?|params?|parametres)$", "", unit)
    elif column == "step":
        unit = re.sub(r"(steps?|updates?|iter(ation)?s?)$", "", unit)
    elif column == "batch":
        unit = re.sub(r"(tokens?|toks?|seq(uence)?s?)$", "", unit)
    else:
        return 0.0
    return 1.0 if not unit else 10.0 ** POWERS[unit] if unit in POWERS else 0.0

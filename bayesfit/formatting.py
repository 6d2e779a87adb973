"""Quantities as people say them: the one place where a number becomes text.

The screen, the report and the ticks of the figures all speak through here, so that 8.36e9
parameters are "8.36B" wherever they are met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, isfinite, isnan, log10

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_LETTERS = dict(
    alpha="α", beta="β", gamma="γ", delta="δ", zeta="ζ", nu="ν", sigma="σ", omega="ω",
)  # fmt: skip
_MISSING, _NO_BOUND = "–", "∞"


def number(x: float, digits: int = 3) -> str:
    """`digits` significant digits and no more zeros than needed: 0.347, 24.1, 1,910, 3e-11."""
    if not isfinite(x):
        return _MISSING if isnan(x) else _NO_BOUND if x > 0 else f"-{_NO_BOUND}"
    size = abs(float(f"{x:.{digits - 1}e}"))  # as it will be shown: 0.09999 is 0.1
    if size and not 1e-3 <= size < 1e6:
        return _scientific(x, digits)
    decimals = max(0, digits - 1 - floor(log10(size))) if size else 0
    text = f"{x:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scientific(x: float, digits: int) -> str:
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def count(x: float, digits: int = 3) -> str:
    """Parameters or tokens: 8.36B, 20B, 1.4T; beyond 1000T in powers of ten."""
    if not isfinite(x):
        return number(x)
    shown = float(f"{x:.{digits - 1}e}")
    for scale, letter in _SCALES:
        if scale <= abs(shown) < 1000 * scale:
            return number(shown / scale, digits) + letter
    return number(shown, digits) if abs(shown) < 1e3 else _scientific(shown, digits)


def flops(x: float, digits: int = 3) -> str:
    """A budget, as the field writes it: 1e21, 5.76e23."""
    return _scientific(x, digits) if isfinite(x) else number(x)


def loss(x: float) -> str:
    """A loss in nats per token: 2.31."""
    return f"{x:.2f}"


def percent(share: float, digits: int = 2) -> str:
    """A share as a percentage: 0.0123 is "1.2 %"."""
    return f"{number(100 * share, digits)} %"


def interval(low: float, high: float, say: Callable[[float], str] | None = None) -> str:
    """ "2.63B to 2.93B"; without `say`, as many decimals as the width of the interval deserves."""
    say = say or like(low, high)
    return f"{say(low)} to {say(high)}"


def like(low: float, high: float) -> Callable[[float], str]:
    """How to say a number known within this interval: two significant digits of its width.

    0.5108 within (0.4979, 0.5233) is "0.511"; 1879.8 within (1443, 2420) is "1,880".
    """
    width = high - low
    if not (isfinite(width) and width > 0):
        return number
    decimals = 1 - floor(log10(width))
    if not -6 <= decimals <= 6:
        return number

    def say(x: float) -> str:
        if not isfinite(x):
            return number(x)
        if 0 < abs(x) < 0.5 * 10.0**-decimals:
            return number(x, 2)  # a parameter at its bound: 3e-11, not 0.000
        if abs(x) >= 1e7:
            return number(x)
        return f"{round(x, decimals):,.{max(0, decimals)}f}"

    return say


def estimate(x: float, low: float, high: float) -> str:
    """ "0.511 (0.498 to 0.523)", with the decimals that the interval deserves."""
    say = like(low, high)
    return f"{say(x)} ({say(low)} to {say(high)})"


def joined(names: Sequence[str]) -> str:
    """Names as they stand in a sentence: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def several(number: int, what: str) -> str:
    """How many of something there are: 1 run, 2 runs."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def symbol(name: str) -> str:
    """The letter that papers print for a parameter: alpha is α, sigma_N is σ_N."""
    head, _, tail = name.partition("_")
    return _LETTERS.get(head, head) + (f"_{tail}" if tail else "")

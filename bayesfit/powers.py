"""Powers as print sets them: 10²⁴ FLOPs, N* grows as C⁰·³⁷. Signs, so that every font follows."""

from __future__ import annotations

import re

from bayesfit import formatting as words

HIGH = str.maketrans("0123456789-.,ab", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻··ᵃᵇ")
NAMED = dict(alpha="ᵅ", beta="ᵝ", gamma="ᵞ")
POWER = re.compile(r"\^(?P<exponent>-?(?:[ab]\b|alpha\b|beta\b|gamma\b|[\d.]*\d))")


def raised(exponent: str) -> str:
    """A number, or one of the letters a and b, as an exponent."""
    return exponent.translate(HIGH)


def flops(x: float, digits: int = 3) -> str:
    """A budget: 10²⁴, 3.8×10²⁵; `formatting.flops` writes the same on a line."""
    mantissa, e, exponent = words.flops(x, digits).partition("e")
    if not e:
        return mantissa
    power = f"10{raised(exponent)}"
    return power if mantissa == "1" else f"{mantissa}×{power}"


def in_text(text: str) -> str:
    """Words in which C^a and C^-gamma are set as powers."""
    return POWER.sub(lambda found: _raised_word(found["exponent"]), text)


def _raised_word(exponent: str) -> str:
    for name, letter in NAMED.items():
        exponent = exponent.replace(name, letter)
    return raised(exponent)

"""A row: what a paper prints, what we compute, and whether the two agree within what.

Agreement is judged in a fixed order, and no row has a tolerance of its own:

1. to the digits printed: ours rounds to what stands there;
2. within .1 %, where more digits are printed than the paper's optimizer was good for;
3. within what we know: ours has a range, because the constants that the paper prints are rounded
   (each is moved by half a unit of its last digit, all together in the worst way) or because a
   refit has a 95 % band, and the printed number lies in it;
4. undecided: the same, but the range spans more than a factor of ten, and so would hold anything;
5. within the paper's interval: ours lies in the interval that the paper prints;
6. close: within 2 %, which is near but no agreement;
7. differs.

Undecided rows do not count as agreeing. They say how much their range leaves open, and rows of the
last two kinds why they are off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import numpy as np

from bayesfit.errors import InputError
from bayesfit.models import load

FINE, CLOSE, WIDE = 0.001, 0.02, 10.0
DIGITS, THREE, KNOWN, OPEN, THEIRS, NEAR, OFF = (
    "to the digits printed",
    "within 0.1 %",
    "within what we know",
    "undecided",
    "within the paper's interval",
    "close",
    "differs",
)
VERDICTS = (DIGITS, THREE, KNOWN, OPEN, THEIRS, NEAR, OFF)
AGREE, EXPLAINED = (DIGITS, THREE, KNOWN, THEIRS), (NEAR, OFF)
ROUNDING, BOOTSTRAP = "rounding of the printed constants", "95 % bootstrap"


@dataclass(frozen=True)
class Row:
    """One published number and ours.

    Attributes:
        where: table, figure or section of the paper.
        quantity: what the number is, with its unit.
        printed: the number with the digits that the paper gives it, in units of `quantity`.
        ours: what the code computes.
        known: lowest and highest value that ours may have, and `known_by` what makes it uncertain.
        theirs: the interval that the paper prints.
        data: what ours is computed from.
        why: what lies behind a difference.
    """

    where: str
    quantity: str
    printed: str
    ours: float
    data: str = "its own constants"
    known: tuple[float, float] | None = None
    known_by: str = ""
    theirs: tuple[float, float] | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if not np.isfinite(self.ours):
            raise InputError(f"{self.quantity}: ours is {self.ours}, which is no number")
        if bool(self.known) != bool(self.known_by):
            raise InputError(f"{self.quantity}: a range needs `known_by`, what it comes from")
        if self.verdict in EXPLAINED and not self.why:
            raise InputError(
                f"{self.quantity}: {self.printed} printed, {self.ours:.6g} ours; say `why`"
            )

    @property
    def value(self) -> float:
        """The printed number."""
        return float(Decimal(self.printed))

    @property
    def difference(self) -> float:
        """Ours over the printed number, less one."""
        return self.ours / self.value - 1

    @property
    def agrees(self) -> bool:
        """Whether the two are the same number."""
        return self.verdict in AGREE

    @property
    def reason(self) -> str:
        """Why the two do not agree; nothing where they do."""
        if self.verdict in EXPLAINED:
            return self.why
        return f"ours may be {open_by(*self.known)}" if self.known and self.verdict == OPEN else ""

    @property
    def verdict(self) -> str:
        """Within what the two agree (`VERDICTS`)."""
        half = last_digit(self.printed) / 2 * (1 + 1e-9)
        if abs(self.ours - self.value) <= half:
            return DIGITS
        if abs(self.difference) <= FINE:
            return THREE
        if self.known and self.known[0] <= self.value + half and self.value - half <= self.known[1]:
            return KNOWN if spans(*self.known) <= WIDE else OPEN
        if self.theirs and self.theirs[0] <= self.ours <= self.theirs[1]:
            return THEIRS
        return NEAR if abs(self.difference) <= CLOSE else OFF


def spans(low: float, high: float) -> float:
    """The factor between the ends of a range; endless where it holds zero."""
    return max(high / low, low / high) if low * high > 0 else np.inf


def open_by(low: float, high: float) -> str:
    """How wide a range is, in words."""
    factor = spans(low, high)
    if low < 0 < high:
        return "of either sign"
    if not np.isfinite(factor):
        return "anything down to 0" if low * high == 0 else "anything"
    if factor >= 1e4:
        return f"anything within {np.log10(factor):.0f} powers of ten"
    return f"anything within a factor of {float(f'{factor:.2g}'):g}"


def last_digit(text: str) -> float:
    """One unit of the last digit that is written: .01 of "0.50", 1e18 of "9.90e20"."""
    exponent = Decimal(text).as_tuple().exponent
    assert isinstance(exponent, int)
    return float(Decimal(1).scaleb(exponent))


def rounded(law: str, index: int = 0, **digits: str) -> tuple[dict[str, float], dict[str, float]]:
    """A law's published constants, and half a unit of the last digit of each.

    Args:
        digits: constants whose last digits are zeros, which a number does not keep: as printed.
    """
    values = dict(load(law).published[index].values)
    texts = {name: digits.get(name, _shortest(x)) for name, x in values.items()}
    wrong = [name for name, text in texts.items() if float(text) != values[name]]
    if wrong:
        raise InputError(f"{law} publishes another {wrong[0]} than {texts[wrong[0]]}")
    return values, halves(texts)


def halves(texts: Mapping[str, str]) -> dict[str, float]:
    """Half a unit of the last digit of each number, as it is printed."""
    return {name: last_digit(text) / 2 for name, text in texts.items()}


def _shortest(x: float) -> str:
    return str(Decimal(repr(x)).normalize())


def corners(values: Mapping[str, float], half: Mapping[str, float]) -> dict[str, np.ndarray]:
    """Every constant at either end of its rounding, in all combinations (2**constants,)."""
    signs = np.array(list(product((-1.0, 1.0), repeat=len(half))))
    moved = dict(zip(half, signs.T, strict=True))
    return {
        name: x + half[name] * moved[name] if name in half else np.full(len(signs), x)
        for name, x in values.items()
    }


def ends(values: Iterable[float] | np.ndarray) -> tuple[float, float]:
    """The lowest and the highest."""
    values = np.asarray(list(values) if not isinstance(values, np.ndarray) else values, float)
    return float(np.nanmin(values)), float(np.nanmax(values))


def by_rounding(
    question: Callable[[dict[str, np.ndarray]], np.ndarray],
    values: Mapping[str, float],
    half: Mapping[str, float],
) -> dict[str, object]:
    """`ours`, `known` and `known_by` of a row that is worked out from rounded constants.

    Args:
        question: what is asked of draws of the constants, (draws,) -> (draws,).
    """
    one = {name: np.array([x]) for name, x in values.items()}
    ours = float(np.asarray(question(one))[0])
    range_ = ends(np.asarray(question(corners(values, half))))
    return dict(ours=ours, known=range_, known_by=ROUNDING)

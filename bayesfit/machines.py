"""Accelerators: what FLOPs come to in hours, energy and money.

Peaks are of dense bfloat16 (float16 on V100), and power is that of the board, both from the makers'
data sheets. MFU (model FLOPs utilisation; Chowdhery et al. 2022, arXiv:2204.02311, appendix B) is
the share of the peak that goes into FLOPs of the model; it is not HFU, which counts recomputed
activations too.

What is not known exactly is given as a range, which holds it in 9 cases of 10: a log-normal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bayesfit.errors import InputError

Range = float | tuple[float, float]  # a known number, or its 5 and 95 % points
NORMAL_90 = 1.6449  # half the 90 % interval of a normal, in standard deviations
SECONDS = 3600.0  # of an hour
DRAWS = 4000
MFU = (0.30, 0.45)  # of large runs; Llama 3 405B had .38 to .43 (arXiv:2407.21783, table 4)
OVERHEAD = (1.3, 1.8)  # energy of hosts, network and cooling too, over that of the boards


class Machine(NamedTuple):
    """One accelerator.

    Attributes:
        peak: FLOP/s.
        watts: of the board; 0 where the maker does not print it.
        dollars: what an hour costs, if it is usual to rent it.
    """

    peak: float
    watts: float = 0.0
    dollars: Range | None = None


# An H100 was let for 2 to 5 dollars an hour in May 2026, at a median of 2.95.
MACHINES: Mapping[str, Machine] = {
    "v100": Machine(125e12, 300.0),
    "a100": Machine(312e12, 400.0),
    "h100": Machine(989.4e12, 700.0, (1.75, 4.97)),
    "h200": Machine(989.4e12, 700.0),
    "b200": Machine(2250e12, 1000.0),
    "mi250x": Machine(383e12, 560.0),
    "mi300x": Machine(1307.4e12, 750.0),
    "tpu-v4": Machine(275e12),
    "tpu-v5e": Machine(197e12),
    "tpu-v5p": Machine(459e12),
    "tpu-v6e": Machine(918e12),
}


@dataclass(frozen=True)
class Cluster:
    """What a budget is spent on.

    Attributes:
        gpu: one of MACHINES.
        mfu: share of the peak.
        dollars: price of one accelerator for an hour; the usual one if None.
        overhead: energy of everything over that of the boards.
        per_node: accelerators of a node.
        gpus: how many run at once, for the days it takes; None if that is not known.
    """

    gpu: str = "h100"
    mfu: Range = MFU
    dollars: Range | None = None
    overhead: Range = OVERHEAD
    per_node: int = 8
    gpus: int | None = None

    def __post_init__(self) -> None:
        if self.gpu.lower() not in MACHINES:
            raise InputError(f"there is no {self.gpu!r}; there are {', '.join(MACHINES)}")
        for name, high in (("mfu", 1.0), ("dollars", np.inf), ("overhead", np.inf)):
            _check(name, getattr(self, name), high)
        for name in ("per_node", "gpus"):
            number = getattr(self, name)
            if number is not None and not 1 <= number < np.inf:
                raise InputError(f"{name} is {number}: give a whole number from 1")

    @property
    def machine(self) -> Machine:
        """The accelerator."""
        return MACHINES[self.gpu.lower()]

    @property
    def price(self) -> Range | None:
        """Dollars an hour, given or usual."""
        return self.machine.dollars if self.dollars is None else self.dollars

    def facts(self) -> dict[str, Any]:
        """What is reckoned with, at the middle of each range: peak in FLOP/s, dollars an hour."""
        return dict(
            gpu=self.gpu.lower(),
            peak=self.machine.peak,
            mfu=middle(self.mfu),
            price=None if self.price is None else middle(self.price),
            per_node=self.per_node,
            gpus=self.gpus,
        )

    def flops(self, hours: float) -> float:
        """What so many hours of one accelerator come to at the middle of its MFU."""
        return hours * SECONDS * self.machine.peak * middle(self.mfu)

    def hours_for(self, dollars: float) -> float:
        """Hours of one accelerator that money buys at the middle of the price.

        Raises:
            InputError: no price is given or usual.
        """
        if self.price is None:
            raise InputError(f"there is no usual price of a {self.gpu}: give its price an hour")
        return dollars / middle(self.price)

    def spent(self, C: float, seed: int = 0) -> dict[str, np.ndarray]:
        """What C FLOPs come to, each (DRAWS,).

        Returns:
            `hours` of one accelerator, `node_hours`; `days` if `gpus` is known, `megawatt_hours` if
            the power is, `dollars` if there is a price.
        """
        rng = np.random.default_rng(seed)
        mfu, overhead = (drawn(x, rng) for x in (self.mfu, self.overhead))
        hours = C / (self.machine.peak * np.minimum(mfu, 1.0) * SECONDS)
        found = dict(hours=hours, node_hours=hours / self.per_node)
        if self.gpus is not None:
            found["days"] = hours / self.gpus / 24.0
        if self.machine.watts:
            found["megawatt_hours"] = hours * self.machine.watts * overhead / 1e6
        if self.price is not None:
            found["dollars"] = hours * drawn(self.price, rng)
        return found


def _check(name: str, value: Range | None, high: float) -> None:
    if value is None:
        return
    ends = np.atleast_1d(np.asarray(value, float))
    good = (ends > 0) & (ends <= high) & np.isfinite(ends)
    if len(ends) > 2 or not good.all() or ends[0] > ends[-1]:
        below = f" and at most {high:g}" if np.isfinite(high) else ""
        raise InputError(f"{name} is {value}: give a number above 0{below}, or a range low-high")


def middle(x: Range) -> float:
    """The median of a range."""
    return float(np.exp(np.mean(np.log(np.atleast_1d(x)))))


def drawn(x: Range, rng: np.random.Generator) -> np.ndarray:
    """Draws of a range (DRAWS,)."""
    low, high = np.log(np.broadcast_to(np.asarray(x, float), 2))
    return np.exp(0.5 * (low + high) + 0.5 * (high - low) / NORMAL_90 * rng.standard_normal(DRAWS))


def read_range(text: str | float | tuple[float, float], what: str) -> Range:
    """A range as people write it: 0.4, or 0.3-0.45.

    Raises:
        InputError: it is none.
    """
    if not isinstance(text, str):
        return text
    try:
        ends = [float(part) for part in re.split(r"(?<![eE])-", text)]
    except ValueError:
        ends = []
    if not 1 <= len(ends) <= 2:
        raise InputError(f"{what} is {text!r}: give a number, or a range such as 0.3-0.45")
    return ends[0] if len(ends) == 1 else (ends[0], ends[1])

"""Where two of Kaplan's laws contradict each other (arXiv:2001.08361, section 6.3, figure 15).

Efficient training sees so few new tokens as compute grows, D(C) = D_e C**p_D, that the loss which
that much data allows at best, L(D) = (D_c/D)**alpha_D, must one day lie above the loss that the
compute trend L(C) = (C_c/C)**alpha_C promises. They cross at C*: one of the laws fails by then.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesfit.constants import PF_DAY
from bayesfit.kaplan.efficient import Draws, across, allocation, one_nat

# Table 6 and equations 1.2, 1.3 of the paper; compute in PF-days.
PUBLISHED = dict(
    alpha_C=0.050, C_c=3.1e8, alpha_D=0.095, D_c=5.4e13,
    D_e=2e10, p_D=0.27, N_e=1.3e9, p_N=0.73,
)  # fmt: skip


def crossing(alpha_C, C_c, alpha_D, D_c, D_e, p_D, N_e, p_N) -> dict[str, Any]:
    """C* in FLOPs, N*, D* in tokens and the loss where the two laws meet.

    Elementwise: numbers, or arrays of draws of one length. C_c is in PF-days, D_e and N_e are the
    tokens and parameters of the efficient run of one PF-day. The laws meet only if L(C) falls
    faster than L(D(C)), alpha_C > p_D alpha_D; draws where it does not have C* = infinity.
    """
    faster = alpha_C - p_D * alpha_D
    # alpha_C (log C_c - x) = alpha_D (log D_c - log D_e - p_D x), x the log of PF-days
    level = alpha_C * np.log(C_c) - alpha_D * (np.log(D_c) - np.log(D_e))
    with np.errstate(divide="ignore", over="ignore"):
        days = np.where(faster > 0, np.exp(level / np.where(faster > 0, faster, 1.0)), np.inf)
        N, D, loss = N_e * days**p_N, D_e * days**p_D, (C_c / days) ** alpha_C
    return dict(C=days * PF_DAY, N=N, D=D, loss=loss)


def between(steps: Draws, data: Draws) -> dict[str, np.ndarray]:
    """The crossing as a posterior: C*, N*, D* and loss, one of each for every pair of draws.

    Training at the critical batch sees twice the least tokens, so D(C) is 2 B S of the efficient
    run (eq. 6.7).

    Args:
        steps: flat draws of `kaplan_ns`, which tell L(C), N(C) and D(C) by appendix B.
        data: flat draws of `kaplan_d` or `kaplan_nd`, which tell L(D): D_c and alpha_D.
    """
    count = min(len(steps["alpha_S"]), len(data["alpha_D"]))
    steps, data = ({name: x[:count] for name, x in draws.items()} for draws in (steps, data))
    ends = across(lambda p, C: allocation(p, C) | dict(C_c=one_nat(p)), steps, [PF_DAY, SPAN])
    alpha_C = np.log(ends["loss"][:, 0] / ends["loss"][:, 1]) / np.log(SPAN / PF_DAY)
    powers = {}
    for name, twice in (("N", 1.0), ("D", 2.0)):
        first, last = ends[name].T
        power = np.log(last / first) / np.log(SPAN / PF_DAY)
        powers |= {f"{name}_e": twice * first, f"p_{name}": power}
    C_c = ends["C_c"][:, 0] / PF_DAY
    return crossing(alpha_C, C_c, data["alpha_D"], data["D_c"], **powers)


SPAN = 100 * PF_DAY  # where powers of C are read off, with one PF-day

"""Farseer: loss of N parameters on D tokens.

Formula and bounds as in ScaleBench, farseer_scaling_law/laws.py; the law is of Li et al. 2025
(arXiv:2506.10972). The task's table is kept back for checking: name yours with --table.
"""

from jax.numpy import clip, exp, log

from benchmarks.design.task import Law, Task


def farseer(p, x):
    """Coefficient and exponent of D are stretched exponentials of N."""
    exponent = exp(clip(p.A * x.N**p.a + p.E, -50, 50))
    level = clip(p.B * x.N**p.b + p.Q, -50, 50)
    return exp(clip(p.s * x.N**p.q + p.S, -50, 50)) + exp(
        clip(level - exponent * log(x.D), -50, 50)
    )


laws = (
    Law("sl_1", farseer, dict(E=(1.0, 6.0), s=(-1.0, 0.3), q=(0.01, 0.5), S=(-1.0, 1.0),
                              B=(10.0, 1000.0), b=(-0.6, -0.01), Q=(-5.0, 1.0), A=(-5.0, 1.0),
                              a=(0.001, 0.25))),
)  # fmt: skip

task = Task(
    name="farseer",
    inputs=dict(N="N", D="D"),
    response=("loss",),
    cost=lambda runs: 6 * runs["N"] * runs["D"],
    laws=laws,
)

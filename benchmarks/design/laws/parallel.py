"""Parallel scaling: loss of N parameters run in S parallel streams.

Formulas and bounds as in ScaleBench, parallel_scaling_law/laws.py; sl_5 is the law of
Chen et al. 2025 (arXiv:2505.10475).
"""

from jax.numpy import log, maximum

from benchmarks.design.task import Law, Task

TINY = 1e-12


def interaction(p, x):
    """A power of each, and of their product."""
    N, S = x.N**-p.alpha, x.S**-p.beta
    return p.c0 + p.cN * N + p.cS * S + p.cNS * N * S


def additive(p, x):
    """A power of each."""
    return p.c0 + p.cN * x.N**-p.alpha + p.cS * x.S**-p.beta


def hyperbola(p, x):
    """Streams by 1 / (1 + S)."""
    return p.a * x.N**p.b + p.c / (1 + x.S) + p.d


def root(p, x):
    """Streams by their inverse square root."""
    return p.a * x.N**p.b + p.c * x.S**-0.5 + p.d


def effective(p, x):
    """Streams multiply parameters by 1 + k log S."""
    base = p.A / maximum(x.N * (p.k * log(x.S) + 1), TINY)
    return maximum(base, TINY) ** p.alpha + p.E


def one_level(p, x):
    """Both powers share a coefficient."""
    return p.c0 + p.c1 * (x.N**-p.alpha + x.S**-p.beta)


def divided(p, x):
    """Streams divide the term in N."""
    return p.L0 + p.A * x.N**-p.alpha / maximum(1 + p.k * log(x.S), TINY)


def all_divided(p, x):
    """Streams divide all of the loss."""
    return (p.a * x.N**p.b + p.c) / maximum(1 + p.d * log(x.S), TINY)


def pure(p, x):
    """One power law of both, without a floor."""
    return p.A * x.N**-p.alpha * x.S**-p.beta


def scaled(p, x):
    """A power of streams scales all of the loss."""
    return (p.A * x.N**-p.alpha + p.E) * x.S**-p.beta


LEVEL, EXPONENT, FALLING, FLOOR = (0, 500), (0, 2), (-2, 0), (-5, 5)
laws = (
    Law("sl_1", interaction, dict(c0=FLOOR, cN=LEVEL, alpha=EXPONENT, cS=(-50, 50),
                                  beta=EXPONENT, cNS=(-100, 100))),
    Law("sl_2", additive, dict(c0=FLOOR, cN=LEVEL, alpha=EXPONENT, cS=(-50, 50), beta=EXPONENT)),
    Law("sl_3", hyperbola, dict(a=LEVEL, b=FALLING, c=(-5, 5), d=FLOOR)),
    Law("sl_4", root, dict(a=LEVEL, b=FALLING, c=(-5, 5), d=FLOOR)),
    Law("sl_5", effective, dict(A=(0, 1e9), k=(-100, 100), alpha=(0, 3), E=FLOOR)),
    Law("sl_6", one_level, dict(c0=(-200, 200), c1=(-200, 200), alpha=EXPONENT, beta=EXPONENT)),
    Law("sl_7", divided, dict(L0=FLOOR, A=LEVEL, alpha=EXPONENT, k=(-50, 50))),
    Law("sl_8", all_divided, dict(a=LEVEL, b=FALLING, c=FLOOR, d=(-10, 10))),
    Law("sl_9", pure, dict(A=(0, 5000), alpha=EXPONENT, beta=EXPONENT)),
    Law("sl_10", scaled, dict(A=LEVEL, alpha=EXPONENT, E=FLOOR, beta=EXPONENT)),
)  # fmt: skip

task = Task(
    name="parallel",
    inputs=dict(N="num_params", S="parallel_size"),
    response=("loss",),
    cost=lambda runs: runs["num_params"],
    laws=laws,
)

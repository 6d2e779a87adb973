"""Sparsity of experts: loss of P = N_total / N_active and of N_active (1e9 parameters).

Formulas and bounds as in ScaleBench, sparsity_scaling_law/laws.py, whose terms are those of
Abnar et al. 2025 (arXiv:2501.12370).
"""

from jax.numpy import exp, log

from benchmarks.design.task import Law, Task


def joint(p, x):
    """One term of both, with the product of their logs."""
    P, N = log(x.P), log(x.N)
    return exp(p.d1 - p.a * P - p.b * N + p.c * P * N) + exp(p.d3)


def joint_plain(p, x):
    """One term of both."""
    return exp(p.d1 - p.a * log(x.P) - p.b * log(x.N)) + exp(p.d3)


def apart(p, x):
    """A term of each, with the product of their logs in that of size."""
    P, N = log(x.P), log(x.N)
    return exp(p.d1 - p.a * P) + exp(p.d2 - p.b * N + p.c * P * N) + exp(p.d3)


def apart_plain(p, x):
    """A term of each."""
    return exp(p.d1 - p.a * log(x.P)) + exp(p.d2 - p.b * log(x.N)) + exp(p.d3)


LEVEL, EXPONENT, PRODUCT = (-5.0, 5.0), (0.01, 3.0), (-1.0, 1.0)
laws = (
    Law("sl_1", joint, dict(d1=LEVEL, a=EXPONENT, b=EXPONENT, c=PRODUCT, d3=LEVEL)),
    Law("sl_2", joint_plain, dict(d1=LEVEL, a=EXPONENT, b=EXPONENT, d3=LEVEL)),
    Law("sl_3", apart, dict(d1=LEVEL, a=EXPONENT, d2=LEVEL, b=EXPONENT, c=PRODUCT, d3=LEVEL)),
    Law("sl_4", apart_plain, dict(d1=LEVEL, a=EXPONENT, d2=LEVEL, b=EXPONENT, d3=LEVEL)),
)

task = Task(
    name="sparsity",
    inputs=dict(P="P", N="N_active"),
    response=("loss",),
    cost=lambda runs: 6 * runs["N_dense"] * runs["D1"] + 6 * runs["N_active"] * runs["D2"],
    laws=laws,
    shares=(0.2, 0.35, 0.5),
)

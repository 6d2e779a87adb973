"""Vocabulary: unigram-normalised loss of P non-vocabulary parameters, V words, D characters.

Formulas and bounds as in ScaleBench, vocab_scaling_law/laws.py; the data are of Tao et al. 2024
(arXiv:2407.13623). The response may be negative.
"""

from jax.numpy import abs, clip, exp, log, logaddexp, maximum, sign

from benchmarks.design.task import Law, Task

TINY = 1e-6


def bounded(exponent):
    """exp, of what is kept within 50 of 0."""
    return exp(clip(exponent, -50, 50))


def level(coefficient):
    """Log of a coefficient that is kept positive."""
    return log(maximum(coefficient, TINY))


def signed(coefficient, exponent):
    """A coefficient of either sign times exp."""
    return sign(coefficient) * bounded(log(maximum(abs(coefficient), TINY)) + exponent)


def joint(p, x):
    """One power law of all three."""
    return p.c0 + p.A * x.V**p.b * x.P**p.e * x.D**p.g


def gated_mean(p, x):
    """A power mean of both terms, with a parabola in log V."""
    r = maximum(p.r, TINY)
    total = logaddexp(-p.alpha * r * log(x.P), -p.beta * r * log(x.D)) - log(2.0)
    return p.L + p.A * bounded(total / r) * (1 + p.C * (log(x.V) - p.v0) ** 2)


def norm_of_terms(p, x):
    """A norm of both terms, the vocabulary within that of data."""
    q = maximum(p.q, TINY)
    first = level(p.a) - p.alpha * log(x.P)
    second = level(p.b) - p.beta * (log(x.D) + p.phi * log(x.V))
    return p.L0 + bounded(logaddexp(q * first, q * second) / q)


def larger(p, x):
    """The larger of two powers, times one of V."""
    most = maximum(p.a * log(x.P), level(p.lam) + p.b * log(x.D))
    return p.L_inf + bounded(level(p.A) - p.d * most - p.g * log(x.V))


def joint_and_size(p, x):
    """A power of all three, and one of P."""
    P, V, D = log(x.P), log(x.V), log(x.D)
    return signed(p.p0, p.p1 * P + p.p2 * V + p.p3 * D) + signed(p.p4, p.p5 * P) + p.p6


def effective_both(p, x):
    """The vocabulary scales both parameters and data."""
    first = level(p.A) - p.alpha * (log(x.P) + p.k1 * log(x.V))
    second = level(p.B) - p.beta * (log(x.D) + p.k2 * log(x.V))
    return bounded(first) + bounded(second) + p.c0


def two_products(p, x):
    """Data with parameters, and data with vocabulary."""
    D = log(x.D)
    first = level(p.A) - p.alpha * log(x.P) - p.beta * D
    return bounded(first) + bounded(level(p.B) + p.gamma * log(x.V) - p.delta * D) + p.c0


def scaled_terms(p, x):
    """A power of V over both terms, and a term in log V."""
    V = log(x.V)
    terms = p.c2 * bounded(p.beta * V - p.alpha * log(x.P))
    return p.c0 + p.c1 * V + terms + p.c3 * bounded(p.beta * V - p.gamma * log(x.D))


def modulated(p, x):
    """log V modulates a power of both, and a power of V."""
    main = bounded(level(p.A) - p.alpha * log(x.P) - p.beta * log(x.D))
    V = log(x.V)
    return main * (1 + p.gamma * V) + signed(p.delta, p.epsilon * V) + p.L_inf


def log_quadratic(p, x):
    """A polynomial of logs in the exponent."""
    P, V, D = log(x.P), log(x.V), log(x.D)
    inside = p.a + p.bP * P + p.bV1 * V + p.bV2 * V**2 + p.bD * D + p.bVD * V * D
    return p.L_min + bounded(inside)


E, LEVEL, FLOOR = (-5, 5), (-1e4, 1e4), (-100, 100)
laws = (
    Law("sl_1", joint, dict(c0=FLOOR, A=LEVEL, b=E, e=E, g=E)),
    Law("sl_2", gated_mean, dict(L=FLOOR, A=LEVEL, alpha=E, beta=E, C=(-100, 100), v0=(-10, 30),
                                 r=(0.1, 10))),
    Law("sl_3", norm_of_terms, dict(L0=FLOOR, a=LEVEL, alpha=E, b=LEVEL, beta=E, phi=E,
                                    q=(0.1, 10))),
    Law("sl_4", larger, dict(L_inf=FLOOR, A=LEVEL, a=E, b=E, d=E, lam=(1e-6, 1e4), g=E)),
    Law("sl_5", joint_and_size, dict(p0=LEVEL, p1=E, p2=E, p3=E, p4=LEVEL, p5=E, p6=FLOOR)),
    Law("sl_6", effective_both, dict(A=LEVEL, alpha=E, k1=E, B=LEVEL, beta=E, k2=E, c0=FLOOR)),
    Law("sl_7", two_products, dict(A=LEVEL, alpha=E, beta=E, B=LEVEL, gamma=E, delta=E, c0=FLOOR)),
    Law("sl_8", scaled_terms, dict(c0=FLOOR, c1=(-100, 100), c2=LEVEL, alpha=E, c3=LEVEL, gamma=E,
                                   beta=E)),
    Law("sl_9", modulated, dict(A=LEVEL, alpha=E, beta=E, gamma=(-100, 100), delta=LEVEL,
                                epsilon=E, L_inf=FLOOR)),
    Law("sl_10", log_quadratic, dict(L_min=FLOOR, a=(-20, 20), bP=(-2, 2), bV1=(-2, 2),
                                     bV2=(-0.1, 0.1), bD=(-2, 2), bVD=(-0.1, 0.1))),
)  # fmt: skip

task = Task(
    name="vocab",
    inputs=dict(P="non_vocab_parameters", V="vocab_size", D="num_characters"),
    response=("unigram_normalized_loss",),
    cost=lambda runs: runs["non_vocab_parameters"] * runs["num_characters"],
    laws=laws,
)

"""Data mixtures: losses on five domains from the five proportions trained on.

Formulas and bounds as in ScaleBench, domain_mixture_scaling_law/laws.py; the data are of
Ye et al. 2024 (arXiv:2403.16952). A proportion of 0 counts as 1e-12. Weights of the other domains
are rows of four, in the order of the domains.
"""

from jax.numpy import clip, einsum, exp, log, maximum
from numpy import array

from benchmarks.design.task import Law, Task

TINY = 1e-12
DOMAINS = 5
OTHERS = array([[j for j in range(DOMAINS) if j != i] for i in range(DOMAINS)])


def kept(proportions):
    """Proportions, of which none is 0."""
    return maximum(proportions, TINY)


def of_others(weights, values):
    """For each domain, the other four weighted (runs, 5)."""
    return einsum("ij,nij->ni", weights, values[:, OTHERS])


def log_self(p, x):
    """Log of its own proportion, linear in the others."""
    return p.a + p.b * log(kept(x.r)) + of_others(p.c, x.r)


def shifted_power(p, x):
    """A power of its own proportion, scaled by the others."""
    others = exp(clip(of_others(p.w, x.r), -20, 20))
    return p.A * kept(x.r + p.eps) ** -p.alpha * others


def power_self(p, x):
    """A power of its own proportion, linear in the others."""
    return p.base + p.coeff * kept(x.r) ** p.exponent + of_others(p.W, x.r)


def exp_of_powers(p, x):
    """exp of powers of all proportions."""
    return exp(clip(p.bias + kept(x.r) ** p.alpha @ p.C.T, -50, 50))


def sum_of_powers(p, x):
    """Powers of all proportions."""
    return p.b + kept(x.r) ** p.alpha @ p.W.T


def effective_share(p, x):
    """A power of an effective proportion."""
    return p.C + p.A * kept(x.r + of_others(p.T, x.r)) ** -p.alpha


def linear_and_log(p, x):
    """Linear and log terms of all."""
    logs = log(kept(x.r))
    others = logs.sum(1, keepdims=True) - logs
    return p.a + p.b * x.r + p.c * logs + of_others(p.d, x.r) + p.e * others


def own_power(p, x):
    """A power of its own proportion alone."""
    return p.c - p.a * kept(x.r) ** p.b


def own_quadratic(p, x):
    """A parabola in the log of its own proportion."""
    logs = log(kept(x.r))
    return p.a + p.b * logs + p.c * logs**2


def reciprocal(p, x):
    """The inverse of its own proportion, shifted."""
    return p.a + p.b / kept(x.r + p.eps)


def each(low, high):
    """One parameter a domain."""
    return low, high, (DOMAINS,)


def crossed(low, high, width=DOMAINS - 1):
    """A row of parameters a domain."""
    return low, high, (DOMAINS, width)


FLOOR, WEIGHTS = each(-3, 6), crossed(-10, 10)
laws = (
    Law("sl_1", log_self, dict(a=FLOOR, b=each(-10, 5), c=WEIGHTS)),
    Law("sl_2", shifted_power, dict(A=each(0, 10), eps=each(-0.03, 0.2), alpha=each(0, 2),
                                    w=crossed(-5, 5))),
    Law("sl_3", power_self, dict(base=FLOOR, coeff=each(-20, 20), exponent=each(-2, 4),
                                 W=WEIGHTS)),
    Law("sl_4", exp_of_powers, dict(alpha=each(-1, 3), bias=each(-3, 3),
                                    C=crossed(-10, 10, DOMAINS))),
    Law("sl_5", sum_of_powers, dict(alpha=each(-1, 3), b=FLOOR, W=crossed(-25, 25, DOMAINS))),
    Law("sl_6", effective_share, dict(C=FLOOR, A=each(0, 10), alpha=each(0, 3), T=crossed(-5, 5))),
    Law("sl_7", linear_and_log, dict(a=each(-5, 8), b=each(-10, 15), c=each(-5, 5), d=WEIGHTS,
                                     e=each(-5, 5))),
    Law("sl_8", own_power, dict(c=each(0, 6), a=each(0, 5), b=each(0, 3))),
    Law("sl_9", own_quadratic, dict(a=FLOOR, b=each(-2, 1), c=each(-1, 1))),
    Law("sl_10", reciprocal, dict(a=FLOOR, b=each(-1, 1), eps=each(-0.03, 0.3))),
)  # fmt: skip

task = Task(
    name="domain_mixture",
    inputs=dict(r=tuple(f"proportion_domain_{i + 1}" for i in range(DOMAINS))),
    response=tuple(f"loss_domain_{i + 1}" for i in range(DOMAINS)),
    cost=lambda runs: 1.0,
    laws=laws,
    shares=(0.2, 0.35, 0.5),
    logs=False,
)

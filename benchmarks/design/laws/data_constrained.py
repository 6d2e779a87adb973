"""Repeated data: loss of N parameters on D tokens, of which U are unique.

Formulas and bounds as in ScaleBench, data_constrained_scaling_law/laws.py; sl_3 is the law of
Muennighoff et al. 2023 (arXiv:2305.16264).
"""

from jax.numpy import exp, log, logaddexp, maximum, minimum

from benchmarks.design.task import Law, Task

TINY = 1e-12


def floor_of_both(p, x):
    """A floor that depends on unique tokens and on size."""
    return p.A * x.N**-p.alpha + p.B * x.D**-p.beta + p.E * x.U**p.gamma * x.N**p.delta


def three_powers(p, x):
    """A power law of each input."""
    return p.a + p.b * x.U**p.p + p.c * x.N**p.q + p.d * x.D**p.r


def effective(p, x):
    """Effective parameters and tokens, where repeats decay (Muennighoff et al. 2023)."""
    base = maximum(minimum(p.rho * x.U, x.N), TINY)
    more_N, more_D = maximum(x.N / base - 1, 0.0), x.D / x.U - 1
    N = base * (1 + p.tau_N * (1 - exp(-more_N / p.tau_N)))
    D = x.U * (1 + p.tau_D * (1 - exp(-more_D / p.tau_D)))
    return p.A * maximum(N, TINY) ** -p.alpha + p.B * maximum(D, TINY) ** -p.alpha + p.C


def saturating(p, x):
    """Tokens saturate at a multiple of the unique ones that depends on size."""
    most = maximum(p.s * x.U * x.N**p.d, TINY)
    return p.L0 + p.A * x.N**-p.a + p.B * maximum(x.D / (1 + x.D / most), TINY) ** -p.b


def geometric(p, x):
    """Effective tokens between unique and seen ones."""
    return p.A * x.N**-p.alpha + p.B * (x.U**p.gamma * x.D ** (1 - p.gamma)) ** -p.beta + p.E


def penalty(p, x):
    """Seen tokens divided by a penalty on repeats."""
    again = maximum(maximum(x.D / x.U - 1, 0.0), TINY)  # 0^c has no slope
    tokens = x.D / (1 + p.C * again**p.c * x.N**p.d)
    return p.E + p.A * x.N**-p.alpha + p.B * maximum(tokens, TINY) ** -p.beta


def product(p, x):
    """A term in size times unique tokens."""
    return p.L0 + p.A * (x.N * x.U) ** p.alpha_pu + p.B * x.D**p.alpha_t + p.C * x.N**p.alpha_p


def ratio(p, x):
    """A term in the log of unique over seen tokens."""
    fresh = maximum(log(x.U / x.D + 1), TINY)
    return p.a + p.b * x.D**-p.alpha + p.c * x.N**-p.beta + p.d * fresh**p.gamma


def quality(p, x):
    """The term in tokens is scaled by what is unique."""
    return p.A * x.N**-p.alpha + p.B * x.D**-p.beta * (1 + p.C * x.U**-p.gamma) + p.L_inf


def power_mean(p, x):
    """A power mean of seen tokens and of a multiple of unique ones."""
    seen, unique = -p.b * p.q * log(x.D), -p.b * p.q * log(p.k * x.U)
    return p.L0 + p.A * x.N**-p.a + p.B * exp(maximum(logaddexp(seen, unique), log(TINY)) / p.q)


E = (0.05, 2.0)  # exponents
FLOOR = (-3, 10)
laws = (
    Law("sl_1", floor_of_both, dict(A=(1e-3, 1e9), alpha=E, B=(1e-3, 1e8), beta=E, E=(-100, 200),
                                    gamma=(-0.5, 0.5), delta=(-0.5, 0.5))),
    Law("sl_2", three_powers, dict(a=FLOOR, b=(-1e6, 1e6), c=(-1e6, 1e6), d=(-1e7, 1e7),
                                   p=(-1.5, 0.5), q=(-1.5, 0.5), r=(-1.5, 0.5))),
    Law("sl_3", effective, dict(A=(1e-3, 1e7), tau_N=(1e-3, 500), B=(1e-3, 1e7),
                                tau_D=(1e-3, 500), alpha=E, C=FLOOR, rho=(1e-3, 100))),
    Law("sl_4", saturating, dict(L0=(-3, 8), A=(1e-3, 1e11), a=(0.05, 2.5), B=(1e-3, 1e9),
                                 b=(0.05, 2.5), s=(1e-5, 1e7), d=(-2.0, 1.5))),
    Law("sl_5", geometric, dict(A=(1e-3, 1e10), alpha=E, B=(1e-3, 1e10), beta=E, E=FLOOR,
                                gamma=(0.0, 1.0))),
    Law("sl_6", penalty, dict(E=FLOOR, A=(1e-3, 1e11), alpha=E, B=(1e-3, 1e12), beta=E,
                              C=(0, 1e4), c=(0, 2.0), d=(-1.0, 1.0))),
    Law("sl_7", product, dict(L0=FLOOR, A=(1e-3, 1e9), alpha_pu=(-2.0, 0.5), B=(1e-3, 1e9),
                              alpha_t=(-2.0, 0.5), C=(-1e13, 1e13), alpha_p=(-2.5, 0.5))),
    Law("sl_8", ratio, dict(a=FLOOR, b=(-1e8, 1e8), c=(-1e8, 1e8), d=(-200, 200), alpha=E,
                            beta=E, gamma=(0.05, 5.0))),
    Law("sl_9", quality, dict(A=(1e-3, 1e7), alpha=E, B=(1e-3, 1e7), beta=E, C=(0, 1e11),
                              gamma=E, L_inf=FLOOR)),
    Law("sl_10", power_mean, dict(L0=(-3, 8), A=(1e-3, 1e9), B=(1e-3, 1e9), a=E, b=E,
                                  k=(1e-3, 1e4), q=(0.1, 50.0))),
)  # fmt: skip

task = Task(
    name="data_constrained",
    inputs=dict(U="unique_tokens", N="params", D="tokens"),
    response=("loss",),
    cost=lambda runs: 6 * runs["params"] * runs["tokens"],
    laws=laws,
)

"""Mixtures of experts: loss of E experts on a dense model of N parameters.

Formulas and bounds as in ScaleBench, moe_scaling_law/laws.py; the data are of Clark et al. 2022
(arXiv:2202.01169).
"""

from jax.numpy import clip, exp, log

from benchmarks.design.task import Law, Task


def joint_power(p, x):
    """One power law of both."""
    return p.L_inf + p.B / (x.N**p.alpha * x.E**p.beta)


def nested_power(p, x):
    """The same with an exponent over both."""
    return p.L + p.K * (x.N**p.alpha * x.E**p.beta) ** -p.gamma


def efficiency(p, x):
    """Experts divide one of two powers of N; the other's exponent is .6 of its own."""
    return p.A * x.N**p.alpha / (1 + p.B * x.E**p.beta) + p.C * x.N ** (0.6 * p.alpha) + p.D


def log_correction(p, x):
    """Experts saturate, and a term in logs."""
    term = p.a / (x.N**p.alpha * (1 + p.b * x.E) ** p.gamma)
    return term + p.c + p.d * (log(x.N) - 0.4 * log(1 + x.E))


def log_interaction(p, x):
    """Logs with their product in the exponent."""
    E, N = log(x.E), log(x.N)
    return p.p0 + exp(clip(p.p1 + p.p2 * E + p.p3 * N + p.p4 * E * N, -50, 50)) + p.p5 * E


def inverse_experts(p, x):
    """A factor and a term that fall with experts."""
    return p.a * x.N**-p.b * (1 + p.c * x.E**-p.d) + p.e + p.f / (x.E * x.N**0.05)


def two_powers(p, x):
    """A power of both, and one of N."""
    return p.p0 * x.E**p.p1 * x.N**p.p2 + p.p3 * x.N**p.p4 + p.p5


def plain_power(p, x):
    """One power law of both, its exponents of either sign."""
    return p.a * x.N**p.b * x.E**p.c + p.d


def effective_size(p, x):
    """Parameters times a power of experts."""
    return p.c0 + p.A * (x.N * x.E**p.g) ** -p.a


def normalised(p, x):
    """Experts in a factor that is 1 for one expert."""
    experts = (1 + p.B * x.E**p.gamma) / (1 + p.B)
    return p.bias + p.A * (x.N / 1e9) ** -p.alpha * experts**-p.beta


FLOOR = (0, 3)
laws = (
    Law("sl_1", joint_power, dict(L_inf=FLOOR, B=(0.1, 500), alpha=(0, 1.5), beta=(-0.5, 1.5))),
    Law("sl_2", nested_power, dict(L=FLOOR, K=(0, 500), alpha=(0, 2), beta=(0, 2), gamma=(0, 2))),
    Law("sl_3", efficiency, dict(A=(0, 5e3), alpha=(-1.5, 0), B=(0, 20), beta=(0, 2),
                                 C=(-1e4, 1e4), D=(-5, 5))),
    Law("sl_4", log_correction, dict(a=(0.1, 500), alpha=(0, 1.5), b=(0, 20), gamma=(0, 1.5),
                                     c=(-5, 5), d=(-1, 1))),
    Law("sl_5", log_interaction, dict(p0=FLOOR, p1=(-5, 10), p2=(-1, 1), p3=(-1, 1),
                                      p4=(-0.1, 0.1), p5=(-1, 1))),
    Law("sl_6", inverse_experts, dict(a=(0, 200), b=(0, 1.5), c=(-5, 20), d=(-0.5, 2),
                                      e=(-5, 5), f=(-20, 20))),
    Law("sl_7", two_powers, dict(p0=(-500, 500), p1=(-1, 0.5), p2=(-1.5, 0.5), p3=(-500, 500),
                                 p4=(-1.5, 0.5), p5=(-5, 5))),
    Law("sl_8", plain_power, dict(a=(0, 500), b=(-1.5, 0.5), c=(-1.5, 0.5), d=FLOOR)),
    Law("sl_9", effective_size, dict(c0=FLOOR, A=(0, 500), g=(-1, 2), a=(0, 2))),
    Law("sl_10", normalised, dict(bias=FLOOR, A=(0, 15), alpha=(0, 2), B=(0, 100), gamma=(0, 6),
                                  beta=(0, 2))),
)  # fmt: skip

task = Task(
    name="moe",
    inputs=dict(E="num_experts", N="dense_parameter_count"),
    response=("loss_validation",),
    cost=lambda runs: runs["dense_parameter_count"] * runs["num_experts"],
    laws=laws,
)

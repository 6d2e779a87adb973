"""Learning rate and batch size: loss of N parameters on D tokens at a rate and a batch.

Formulas and bounds as in ScaleBench, lr_bsz_scaling_law/laws.py; the data are of Li et al. 2025
(arXiv:2503.04715). The task's table is kept back for checking: name yours with --table.
Weights of a polynomial of degree 2 in four logs are in this order: the constant, the logs of rate,
batch, D and N, their squares, and their products.
"""

from jax.nn import softplus
from jax.numpy import clip, exp, log, sqrt, stack, tanh

from benchmarks.design.task import Law, Task


def logs(x):
    """Logs of rate, batch, tokens and parameters."""
    return log(x.rate), log(x.batch), log(x.D), log(x.N)


def quadratic(a, b, c, d):
    """All terms of degree 2 (runs, 15)."""
    squares, products = [a * a, b * b, c * c, d * d], [a * b, a * c, a * d, b * c, b * d, c * d]
    return stack([1 + 0 * a, a, b, c, d, *squares, *products], axis=-1)


def exp_quadratic(p, x):
    """exp of a polynomial."""
    return exp(quadratic(*logs(x)) @ p.w)


def valleys(p, x):
    """Powers of N, D and batch, and a quadratic valley around the best rate and batch."""
    u, v, s, n = logs(x)
    c, a = softplus(p.C), softplus(p.a)
    slopes = stack([n, s, s - p.k * n, v], axis=-1)
    base = p.L_inf + exp(-slopes * a) @ c
    du = u - (p.u[0] + p.u[1] * n + p.u[2] * s + p.u[3] * v)
    dv = v - (p.v[0] + p.v[1] * n + p.v[2] * s)
    over = stack([1 + 0 * n, n, s, v], axis=-1)
    cL, cB = softplus(clip(over @ p.cL, -20, 20)), softplus(clip(over @ p.cB, -20, 20))
    return base + cL * du**2 + cB * dv**2 + 2 * tanh(p.rho) * sqrt(cL * cB) * du * dv


def decoupled(p, x):
    """Chinchilla with a joint power, and a valley each for rate and batch."""
    u, v, s, n = logs(x)
    base = p.E + p.A * exp(-p.alpha * n) + p.B * exp(-p.beta * s) + p.F * exp(-p.wN * n - p.wD * s)
    best_u = p.mu[0] + p.mu[1] * n + p.mu[2] * s + p.mu[3] * v + p.mu[4] * n * s
    rate = p.C0 * exp(p.C[0] * n + p.C[1] * s + p.C[2] * v) * (u - best_u) ** 2
    best_v = p.nu0 + p.nu[0] * n + p.nu[1] * s + p.nu[2] * n * s
    return base + rate + p.G0 * exp(p.G[0] * n + p.G[1] * s) * (v - best_v) ** 2


def exp_more(p, x):
    """exp of a polynomial with inverses."""
    _, _, s, n = logs(x)
    more = p.ratio * (s - n) + p.b1 / x.batch + p.b2 / x.batch**2 + p.d / x.D + p.n / x.N
    return exp(quadratic(*logs(x)) @ p.w + more)


def decays(p, x):
    """Powers of N, D and batch, a bump in D / N, and a valley in rate."""
    u, v, s, n = logs(x)
    base = p.L0 + p.AN * exp(-p.aN * n) + p.AD * exp(-p.aD * s) + p.AB * exp(-p.aB * v)
    bump = p.AR * exp(-p.aR * (s - n) ** 2) + p.AX * exp(-p.aX * (s - v))
    best = p.u0 + p.k[0] * v + p.k[1] * n + p.k[2] * s
    amplitude = p.clr0 * exp(-p.w[0] * v - p.w[1] * n - p.w[2] * s)
    return base + bump + amplitude * (u - best) ** 2


def floor_and_exp(p, x):
    """A floor, and exp of a partial polynomial."""
    u, v, s, n = logs(x)
    inside = p.w0 + p.w_d * s + p.w_p * n + p.w_dp * s * n + p.w_lr * u + p.w_lr2 * u**2
    inside = inside + p.w_b * v + p.w_b2 * v**2 + p.w_lrb * u * v + p.w_lrD * u * s
    inside = inside + p.w_lrP * u * n + p.w_bD * v * s + p.w_bP * v * n
    return p.L_inf + exp(clip(inside, -50, 50))


def two_exps(p, x):
    """A floor, and exp of two polynomials."""
    terms = quadratic(*logs(x))
    return p.E + exp(clip(terms @ p.w1, -50, 50)) + exp(clip(terms @ p.w2, -50, 50))


def skewed(p, x):
    """Powers of N, D and D / N, and valleys that are steeper on one side."""
    u, v, s, n = logs(x)
    slopes = stack([n, s, s - n], axis=-1)
    base = p.L0 + exp(-slopes * softplus(p.a)) @ softplus(p.c)
    du = u - (p.phi[0] + p.phi[1] * v + p.phi[2] * n + p.phi[3] * s)
    rate = softplus(p.k_lr) * du**2 * (1 + tanh(p.a_lr) * tanh(du))
    dv = u - 0.5 * v - (p.psi[0] + p.psi[1] * n + p.psi[2] * s)
    noise = softplus(p.k_ns) * dv**2 * (1 + tanh(p.a_ns) * tanh(dv))
    return base + rate + noise + softplus(p.k_dp) * (s - n - p.delta0) ** 2


def plain_quadratic(p, x):
    """A polynomial in decimal logs."""
    return quadratic(*(z / log(10.0) for z in logs(x))) @ p.c


def quadratic_and_powers(p, x):
    """A polynomial, and three fixed powers."""
    powers = p.w_D * x.D**-0.5 + p.w_P * x.N**-0.5 + p.w_b / x.batch
    return quadratic(*logs(x)) @ p.c + powers


def polynomial(constant, first, second):
    """Bounds of a polynomial's weights."""
    ends = [constant] + [first] * 4 + [second] * 10
    return {f"c{i}": pair for i, pair in enumerate(ends)}


def gathered(names, formula):
    """A formula whose vectors of weights are given one by one."""

    def inside(p, x):
        for name, prefix, count in names:
            setattr(p, name, stack([getattr(p, f"{prefix}{i}") for i in range(count)]))
        return formula(p, x)

    return inside


def renamed(prefix, bounds):
    """The bounds of a polynomial under other names."""
    return {f"{prefix}{i}": pair for i, pair in enumerate(bounds.values())}


LOG_LOSS = polynomial((-15, 15), (-0.35, 0.35), (-0.025, 0.025))
WIDER = polynomial((-15, 15), (-0.35, 0.35), (-0.03, 0.03))
STEEP, RAW, SLOPE = (-12, 12), (-5, 15), (-3, 3)
laws = (
    Law("sl_1", gathered([("w", "c", 15)], exp_quadratic), LOG_LOSS),
    Law("sl_2", gathered([("u", "u", 4), ("v", "v", 3)], valleys),
        dict(L_inf=(0, 3), C=(*RAW, (4,)), a=(-5, 5, (4,)), k=(-5, 3), u0=(-20, 2), u1=SLOPE,
             u2=SLOPE, u3=SLOPE, v0=(0, 20), v1=SLOPE, v2=SLOPE, cL=(*STEEP, (4,)),
             cB=(*STEEP, (4,)), rho=(-8, 8))),
    Law("sl_3", gathered([("mu", "mu", 5)], decoupled),
        dict(E=(0.5, 3), A=(0, 5e5), alpha=(0.05, 2), B=(0, 5e5), beta=(0.05, 2), F=(0, 2e7),
             wN=(0.05, 2), wD=(0.05, 2), C0=(0, 3), C=(-3, 3, (3,)), mu0=(-20, 5), mu1=(-10, 3),
             mu2=(-10, 3), mu3=(-10, 3), mu4=(-10, 3), G0=(0, 3), G=(-3, 3, (2,)), nu0=(0, 15),
             nu=(-3, 3, (3,)))),
    Law("sl_4", gathered([("w", "c", 15)], exp_more),
        LOG_LOSS | dict(ratio=(-0.3, 0.3), b1=(-10, 10), b2=(-200, 200), d=(-1.5e9, 1.5e9),
                        n=(-5e7, 5e7))),
    Law("sl_5", decays,
        dict(L0=(0, 3), AN=(0, 2e4), aN=(0.01, 2), AD=(0, 2e4), aD=(0.01, 2), AB=(0, 20),
             aB=(0.01, 2), clr0=(0, 200), u0=(-12, 3), k=(-2, 2, (3,)), w=(-2, 2, (3,)),
             AR=(0, 5), aR=(0, 2), AX=(0, 2000), aX=(0, 2))),
    Law("sl_6", floor_and_exp,
        dict(L_inf=(0, 3), w0=(-8, 8), w_d=(-0.5, 0.5), w_p=(-0.5, 0.5), w_dp=(-0.025, 0.025),
             w_lr=(-0.6, 0.6), w_lr2=(-0.6, 0.6), w_b=(-0.5, 0.5), w_b2=(-0.5, 0.5),
             w_lrb=(-0.04, 0.04), w_lrD=(-0.02, 0.02), w_lrP=(-0.04, 0.04), w_bD=(-0.05, 0.05),
             w_bP=(-0.02, 0.02))),
    Law("sl_7", gathered([("w1", "first", 15), ("w2", "second", 15)], two_exps),
        dict(E=(0, 2.5)) | renamed("first", WIDER) | renamed("second", WIDER)),
    Law("sl_8", gathered([("phi", "phi", 4), ("psi", "psi", 3)], skewed),
        dict(L0=(-1, 3), c=(-3, 12, (3,)), a=(-5, 5, (3,)), phi0=(-20, 3), phi1=(-5, 5),
             phi2=(-5, 5), phi3=(-5, 5), k_lr=(-5, 10), a_lr=(-5, 5), psi0=(-15, 5), psi1=(-5, 5),
             psi2=(-5, 5), k_ns=(-5, 10), a_ns=(-5, 5), delta0=(-5, 10), k_dp=(-5, 10))),
    Law("sl_9", gathered([("c", "c", 15)], plain_quadratic),
        polynomial((-5, 30), (-4, 4), (-0.3, 0.3))),
    Law("sl_10", gathered([("c", "c", 15)], quadratic_and_powers),
        polynomial((-5, 35), (-2, 2), (-0.1, 0.1))
        | dict(w_D=(-5e4, 5e4), w_P=(-2e4, 2e4), w_b=(-15, 15))),
)  # fmt: skip

task = Task(
    name="lr_bsz",
    inputs=dict(rate="lr", batch="bsz", D="data_size", N="non_embedding_param_size"),
    response=("lm_loss",),
    cost=lambda runs: 6 * runs["non_embedding_param_size"] * runs["data_size"],
    laws=laws,
)

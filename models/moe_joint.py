"""Joint MoE: L = a E^**delta N**(alpha + gamma ln E^) + b E^**omega D**(beta + zeta ln E^) + c.

Ludziejewski et al. 2025, "Joint MoE Scaling Laws: Mixture of Experts Can Be Memory Efficient",
arXiv:2502.05172, eq. 6. For each number of experts it is Chinchilla's law, whose scales and
exponents drift with E^, the experts as Clark et al. 2022 (arXiv:2202.01169) count them: `routed`
says how. L in nats per token; N, active parameters, embeddings included; D, training tokens;
experts, 1 for a dense model. One expert is active for each token. FLOPs are 6 N D.

Exponents are negative, as in the paper. Its table tells more than nine parameters only with a wide
range of experts: delta trades off against gamma ln N, and omega against zeta ln D, so the fit is
of the slopes at the reference run and of how they drift. The paper's runs have at most 32 experts,
far from saturation: E_max is its prior (300 in the MLE), and no answer for hundreds of experts is
more than that.
"""

from importlib import import_module

from jax.numpy import arcsinh, exp, log, sinh, sqrt
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.law import Law, Published

VOCABULARY, WIDTH = 50257, 64  # GPT-2's tokens; d_model over blocks, as the paper keeps it
E_MAX = 300.0
saturated = import_module("bayesfit.models.routed").saturated


def priors(ref):
    """Weak, and free of scale; drifts are shares of an exponent for each e-fold of E^."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 3.0),  # share of that loss which scale can remove
        share_N=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite N
        exponent_N=LogNormal(log(0.25), 0.5),  # at the experts of the reference run
        exponent_D=LogNormal(log(0.25), 0.5),
        rise_N=Normal(0.0, 0.1),  # d log(parameter term) / d ln E^
        rise_D=Normal(0.0, 0.1),
        drift_N=Normal(0.0, 0.12),  # d log(exponent_N) / d ln E^
        drift_D=Normal(0.0, 0.12),
        E_start=LogNormal(log(2.0), 0.5),
        saturation=Normal(0.0, 0.7),  # log of E_max over 300, near what Clark et al. found
    )


def reparametrize(theta):
    """Runs see slopes: -d log L / d log N = reducible * share_N * exponent_N."""
    return dict(
        exponent_N=log(theta.reducible * theta.share_N),
        exponent_D=log(theta.reducible * (1 - theta.share_N)),
    )


def textbook(theta, ref):
    E_max = E_MAX * exp(theta.saturation)
    e = log(saturated(ref.experts, theta.E_start, E_max))
    due = theta.L_ref * theta.reducible
    a, delta, alpha, gamma = _term(
        due * theta.share_N, theta.exponent_N, theta.drift_N, theta.rise_N, log(ref.N), e
    )
    b, omega, beta, zeta = _term(
        due * (1 - theta.share_N), theta.exponent_D, theta.drift_D, theta.rise_D, log(ref.D), e
    )
    return dict(
        a=a, delta=delta, alpha=alpha, gamma=gamma, b=b, omega=omega, beta=beta, zeta=zeta,
        c=theta.L_ref - due, E_start=theta.E_start, E_max=E_max,
    )  # fmt: skip


def _term(value, exponent, drift, rise, x, e):
    """Scale, its power of E^, exponent and its drift of a term with this value and these slopes.

    Args:
        x, e: logs of N or D, and of E^, at the reference run.
    """
    change = -exponent * drift  # gamma or zeta: exponents are negative in the paper
    power = -exponent - change * e  # alpha or beta
    of_experts = rise - change * x
    return value * exp(-of_experts * e - (power + change * e) * x), of_experts, power, change


def reference(p, ref):
    e = log(saturated(ref.experts, p.E_start, p.E_max))
    mu, nu = p.alpha + p.gamma * e, p.beta + p.zeta * e
    of_N, of_D = (exp(x) for x in terms(p, ref))
    return dict(
        L_ref=of_N + of_D + p.c,
        reducible=(of_N + of_D) / (of_N + of_D + p.c),
        share_N=of_N / (of_N + of_D),
        exponent_N=-mu,
        exponent_D=-nu,
        rise_N=p.delta + p.gamma * log(ref.N),
        rise_D=p.omega + p.zeta * log(ref.D),
        drift_N=p.gamma / mu,
        drift_D=p.zeta / nu,
        E_start=p.E_start,
        saturation=log(p.E_max / E_MAX),
    )


def terms(p, runs):
    """Logs of the parameter term and of the data term."""
    e = log(saturated(runs.experts, p.E_start, p.E_max))
    of_N = log(p.a) + p.delta * e + (p.alpha + p.gamma * e) * log(runs.N)
    of_D = log(p.b) + p.omega * e + (p.beta + p.zeta * e) * log(runs.D)
    return of_N, of_D


def log_loss(p, runs):
    of_N, of_D = terms(p, runs)
    return log(exp(of_N) + exp(of_D) + p.c)


def chinchilla(p, experts):
    """m, mu, n, nu of L = m N**mu + n D**nu + c, which the law is for a number of experts."""
    E = saturated(experts, p.E_start, p.E_max)
    mu, nu = p.alpha + p.gamma * log(E), p.beta + p.zeta * log(E)
    return p.a * E**p.delta, mu, p.b * E**p.omega, nu


def all_experts(columns):
    """Parameters of all experts, for the paper's architecture (its eq. 9 and 10).

    N = 2 d v + 13 d**2 n for d = 64 n, where v is the vocabulary, n the blocks, and 9 d**2 of each
    block are one expert (SwiGLU of 3 d); another shape of model holds another number.
    """
    p = 2 * WIDTH * VOCABULARY / (13 * WIDTH**2)  # n**3 + p n = q, by the hyperbolic sine
    q = columns.N / (13 * WIDTH**2)
    blocks = 2 * sqrt(p / 3) * sinh(arcsinh(1.5 * q / p * sqrt(3 / p)) / 3)
    return columns.N + 9 * (columns.experts - 1) * WIDTH**2 * blocks**3


law = Law(
    rows="final",
    inputs=("N", "D", "experts"),
    least=dict(experts=1),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    held=all_experts,
    random=("saturation",),  # at 0 in the MLE: without a prior, 32 experts do not tell it
    roles=dict(level="L_ref", irreducible="c", exponent_N="exponent_N", exponent_D="exponent_D"),
    symbols=dict(
        a="scale of the parameter term where E^ is 1",
        delta="power of E^ in that scale",
        alpha="exponent of N where E^ is 1, with its sign",
        gamma="change of that exponent for each e-fold of E^",
        b="scale of the data term where E^ is 1",
        omega="power of E^ in that scale",
        beta="exponent of D where E^ is 1, with its sign",
        zeta="change of that exponent for each e-fold of E^",
        c="irreducible loss, nats per token",
        E_start="what a single expert counts as",
        E_max="what endless experts count as, at most",
        saturation="log of E_max over 300",
    ),
    published=(
        Published(
            "Ludziejewski et al. 2025",
            dict(
                a=35.91,
                delta=-0.2285,
                alpha=-0.1889,
                gamma=0.0098,
                b=35.98,
                omega=0.5529,
                beta=-0.1775,
                zeta=-0.0259,
                c=1.3637,
                E_start=2.0732,
                E_max=290.4521,
            ),
        ),
    ),
    family="experts",
    default_data="simulated_moe_joint",
    likelihood="student_t",
)

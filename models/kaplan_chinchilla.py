"""Kaplan and Chinchilla in one: L = E + ((A/N**alpha)**(1/q) + (B/D**beta)**(1/q))**q.

The nesting exponent q says how N and D work together. At q = 1 this is Chinchilla's form
(Hoffmann et al. 2022, arXiv:2203.15556); with E = 0 and q = alpha_D it is Kaplan's joint form
(Kaplan et al. 2020, arXiv:2001.08361, eq. 1.5); as q goes to 0 the larger of the two terms is all
that counts. Most public sweeps want q between 0.2 and 0.6, and extrapolate much better with it.
The form was published as Skaling (arXiv:2608.07222).
L in nats per token, N parameters, D training tokens, C = 6 N D FLOPs.
"""

from jax.numpy import exp, log, logaddexp
from numpyro.distributions import LogNormal, Normal, TransformedDistribution
from numpyro.distributions.transforms import SigmoidTransform

from bayesfit.law import Law, Published


def logit_normal(center, sd):
    return TransformedDistribution(Normal(center, sd), SigmoidTransform())


def priors(ref):
    """Free of scale, and weak but for one.

    That of the reducible share is informative: 95 % of it lies between .38 and .81, for on public
    sweeps more of the loss proved reducible than fits to their small runs suggest. It moves E and,
    through q, N* far out; the finding `prior_sensitivity` says how far on a table.
    """
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=logit_normal(0.5, 0.5),  # share of that loss which scale can remove
        share_N=logit_normal(0.0, 0.8),  # part of the slopes that belongs to N
        alpha=LogNormal(log(0.35), 0.5),
        beta=LogNormal(log(0.35), 0.5),
        q=LogNormal(0.0, 0.5),
    )


def reparametrize(theta):
    """Runs see slopes: -d log L / d log N = reducible * share_N * alpha at the reference run."""
    return dict(
        alpha=log(theta.reducible * theta.share_N),
        beta=log(theta.reducible * (1 - theta.share_N)),
    )


def textbook(theta, ref):
    reducible = theta.L_ref * theta.reducible
    return dict(
        E=theta.L_ref - reducible,
        A=reducible * theta.share_N**theta.q * ref.N**theta.alpha,
        B=reducible * (1 - theta.share_N) ** theta.q * ref.D**theta.beta,
        alpha=theta.alpha,
        beta=theta.beta,
        q=theta.q,
    )


def reference(p, ref):
    due_to_N = (p.A / ref.N**p.alpha) ** (1 / p.q)
    due_to_D = (p.B / ref.D**p.beta) ** (1 / p.q)
    reducible = (due_to_N + due_to_D) ** p.q
    return dict(
        L_ref=p.E + reducible,
        reducible=reducible / (p.E + reducible),
        share_N=due_to_N / (due_to_N + due_to_D),
        alpha=p.alpha,
        beta=p.beta,
        q=p.q,
    )


def log_loss(p, runs):
    due_to_N = log(p.A) - p.alpha * log(runs.N)  # in logs: a power of 1/q soon underflows
    due_to_D = log(p.B) - p.beta * log(runs.D)
    return log(p.E + exp(p.q * logaddexp(due_to_N / p.q, due_to_D / p.q)))


def derived(p):
    a = p.beta / (p.alpha + p.beta)
    return dict(a=a, b=1 - a, gamma=p.alpha * a)


def optimum(p, C):
    """Chinchilla's closed form (eq. 4) with alpha/q, beta/q, A**(1/q), B**(1/q)."""
    ratio = p.alpha / p.beta * (p.A / p.B) ** (1 / p.q)
    N = ratio ** (p.q / (p.alpha + p.beta)) * (C / 6) ** (p.beta / (p.alpha + p.beta))
    return N, C / (6 * N)


law = Law(
    rows="final",
    inputs=("N", "D"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    optimum=optimum,
    roles=dict(
        level="L_ref",
        irreducible="E",
        exponent_N="alpha",
        exponent_D="beta",
        growth_N="a",
        growth_D="b",
    ),
    symbols=dict(
        E="irreducible loss, nats per token",
        A="scale of the parameter term",
        B="scale of the data term",
        alpha="exponent of N",
        beta="exponent of D",
        q="nesting exponent: 1 adds the two terms, towards 0 the larger one counts",
        a="N* grows as C^a",
        b="D* grows as C^b",
        gamma="reducible loss at the optimum falls as C^-gamma",
    ),
    published=(
        Published(  # the case q = 1
            "Hoffmann et al. 2022",
            dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083, q=1.0),
        ),
    ),
    default_data="pile",
    likelihood="misfit_t",
    misfit=0.0125,
)

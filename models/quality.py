"""Data quality: L = E + A / N**alpha + B / (D**beta Q**gamma).

Subramanyam, Chen & Grossman 2025, "Scaling Laws Revisited: Modeling the Role of Data Quality in
Language Model Pretraining", arXiv:2510.03313. `quality` is their Q, 0 < Q <= 1, such as one minus
the share of tokens that are corrupted; D tokens of quality Q are worth D Q**g clean ones, g = gamma
/ beta. L in nats per token, N parameters, D training tokens.

Q enters as a number that is known: an error of it passes into gamma. With corpora whose quality
nobody has measured, ask `chinchilla_approach3` with `group="corpus"` instead: what each corpus does
to the data term is then a parameter. Where D and Q go together in a table, beta and gamma go
together too. Of the paper's estimates those of E, beta and gamma stand here, for corrupted text.
"""

from jax.numpy import log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law, Published


def priors(ref):
    """Those of Chinchilla's approach 3; quality counts for less than tokens do, if anything."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        share_N=Beta(2.0, 2.0),  # part of the reducible loss that is due to finite N
        alpha=LogNormal(log(0.35), 0.5),
        beta=LogNormal(log(0.35), 0.5),
        gamma=LogNormal(log(0.3), 0.8),
    )


def reparametrize(theta):
    """Runs see slopes: -d log L / d log N = reducible * share_N * alpha at the reference run."""
    due_to_D = log(theta.reducible * (1 - theta.share_N))
    return dict(alpha=log(theta.reducible * theta.share_N), beta=due_to_D, gamma=due_to_D)


def textbook(theta, ref):
    due_to_N = theta.L_ref * theta.reducible * theta.share_N
    due_to_D = theta.L_ref * theta.reducible * (1 - theta.share_N)
    return dict(
        E=theta.L_ref * (1 - theta.reducible),
        A=due_to_N * ref.N**theta.alpha,
        B=due_to_D * ref.D**theta.beta * ref.quality**theta.gamma,
        alpha=theta.alpha,
        beta=theta.beta,
        gamma=theta.gamma,
    )


def terms(p, runs):
    """What finite N costs, and what finite and imperfect data do."""
    return p.A / runs.N**p.alpha, p.B / (runs.D**p.beta * runs.quality**p.gamma)


def reference(p, ref):
    due_to_N, due_to_D = terms(p, ref)
    L_ref = p.E + due_to_N + due_to_D
    return dict(
        L_ref=L_ref,
        reducible=(due_to_N + due_to_D) / L_ref,
        share_N=due_to_N / (due_to_N + due_to_D),
        alpha=p.alpha,
        beta=p.beta,
        gamma=p.gamma,
    )


def log_loss(p, runs):
    return log(p.E + sum(terms(p, runs)))


def derived(p):
    return dict(g=p.gamma / p.beta)


law = Law(
    rows="final",
    inputs=("N", "D", "quality"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(level="L_ref", irreducible="E", exponent_N="alpha", exponent_D="beta"),
    symbols=dict(
        E="irreducible loss, nats per token",
        A="scale of the parameter term",
        B="scale of the data term, of clean data",
        alpha="exponent of N",
        beta="exponent of D",
        gamma="exponent of the quality",
        g="D tokens of quality Q are worth D Q^g clean ones",
    ),
    published=(
        Published(
            "Subramanyam et al. 2025, language modelling",
            dict(E=3.439, beta=0.3959, gamma=0.401),
        ),
        Published(
            "Subramanyam et al. 2025, translation",
            dict(E=0.0665, beta=0.2501, gamma=0.173),
        ),
    ),
    family="data",
    default_data="simulated_quality",
)

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
from numpyro.distributions import LogNormal

from bayesfit.law import Law, Published, View
from bayesfit.models import load

chinchilla = load("chinchilla_approach3")


def priors(ref):
    """Those of Chinchilla's approach 3; quality counts for less than tokens do, if anything."""
    return chinchilla.priors(ref) | dict(gamma=LogNormal(log(0.3), 0.8))


def reparametrize(theta):
    """Runs see slopes, in the quality as in D."""
    own = chinchilla.reparametrize(theta)
    return own | dict(gamma=own["beta"])


def worth(p, runs):
    """The runs on as many clean tokens as theirs are worth."""
    return View(N=runs.N, D=runs.D * runs.quality ** (p.gamma / p.beta))


def textbook(theta, ref):
    return chinchilla.textbook(theta, worth(theta, ref)) | dict(gamma=theta.gamma)


def reference(p, ref):
    assert chinchilla.reference is not None
    return chinchilla.reference(p, worth(p, ref)) | dict(gamma=p.gamma)


def log_loss(p, runs):
    return chinchilla.log_loss(p, worth(p, runs))


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

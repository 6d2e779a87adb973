"""Chinchilla, approach 1: N* = G (C / 6)**a on the envelope of training curves, D* = C / (6 N*).

Hoffmann et al. 2022, "Training Compute-Optimal Large Language Models", arXiv:2203.15556, section
3.1: at each of 1500 FLOPs, evenly spaced in the log, the run with the lowest loss names the best
size. The table is one of training curves, one `run` many rows.

The envelope is a minimum over noisy curves and has a winner's curse: a lucky run holds it for
longer than its size deserves. Its points are no independent data either, so the posterior counts
them as no more than there are runs on the envelope, and the bootstrap draws whole runs and takes
the envelope anew each time. Prefer approach 3 where you can.
"""

from jax.numpy import log
from numpyro.distributions import Beta, LogNormal

from bayesfit.data.envelope import envelope
from bayesfit.law import Law, Published


def priors(ref):
    """Weak; the exponent covers Kaplan's .73 and Hoffmann's .50 alike."""
    return dict(
        N_ref=LogNormal(log(ref.N), 0.5),  # best size at the mean of log C
        a=Beta(3.0, 3.0),
    )


def textbook(theta, ref):
    return dict(G=theta.N_ref / (ref.C / 6) ** theta.a, a=theta.a)


def reference(p, ref):
    return dict(N_ref=p.G * (ref.C / 6) ** p.a, a=p.a)


def log_size(p, runs):
    return log(p.G) + p.a * log(runs.C / 6)


def derived(p):
    return dict(b=1 - p.a)


def optimum(p, C):
    N = p.G * (C / 6) ** p.a
    return N, C / (6 * N)


law = Law(
    rows="envelope",
    inputs=("C",),
    response="N",
    prepare=envelope,
    unit="run",
    priors=priors,
    textbook=textbook,
    reference=reference,
    log_loss=log_size,
    derived=derived,
    optimum=optimum,
    roles=dict(growth_N="a", growth_D="b"),
    symbols=dict(
        G="N* at six FLOPs",
        a="N* grows as C^a",
        b="D* grows as C^b",
    ),
    published=(
        Published("Hoffmann et al. 2022", dict(a=0.50, b=0.50)),
        Published("Kaplan et al. 2020", dict(a=0.73, b=0.27)),
    ),
    default_data="simulated_curves",
    likelihood="rough_t",
)

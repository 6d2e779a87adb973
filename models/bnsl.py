"""Broken power law: L(D) = a + b D**-c0 (1 + (D/d1)**(1/f1))**(-c1 f1).

Caballero et al. 2022, "Broken Neural Scaling Laws", arXiv:2210.14891, with one break: the
reducible loss falls as D^-c0 far below the break d1 and as D^-(c0 + c1) far above it, over f1
e-folds or so on either side. L in nats per token, D training tokens (any measure of scale will do,
under that name).

The paper lets a slope be negative, as in double descent; here both are of a loss that falls. A
break that the runs do not straddle is not identified: then d1, f1 and the slope beyond it stay as
the prior has them, and so do bands beyond the runs, which no smooth fit should be without. a is as
weakly known as any irreducible loss, and a break within the runs trades off against it.
"""

from jax.numpy import exp, log, logaddexp
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law


def priors(ref):
    """Weak, and free of scale; the break is as likely below the runs as above them."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 4.0),  # share of that loss which scale can remove
        slope=LogNormal(log(0.3), 0.5),  # exponent of D below the break
        slope_after=LogNormal(log(0.3), 0.5),  # and above it
        d1=LogNormal(log(ref.D), 2.0),
        f1=LogNormal(log(0.5), 0.7),
    )


def reparametrize(theta):
    """Runs see reducible * slope."""
    return dict(slope=log(theta.reducible), slope_after=log(theta.reducible))


def log_fall(c0, c1, d1, f1, D):
    """Log of D^-c0 (1 + (D/d1)^(1/f1))^(-c1 f1)."""
    beyond = logaddexp(0.0, (log(D) - log(d1)) / f1)
    return -c0 * log(D) - c1 * f1 * beyond


def textbook(theta, ref):
    c0, c1 = theta.slope, theta.slope_after - theta.slope
    return dict(
        a=theta.L_ref * (1 - theta.reducible),
        b=exp(log(theta.L_ref * theta.reducible) - log_fall(c0, c1, theta.d1, theta.f1, ref.D)),
        c0=c0,
        c1=c1,
        d1=theta.d1,
        f1=theta.f1,
    )


def reference(p, ref):
    removable = p.b * exp(log_fall(p.c0, p.c1, p.d1, p.f1, ref.D))
    return dict(
        L_ref=p.a + removable,
        reducible=removable / (p.a + removable),
        slope=p.c0,
        slope_after=p.c0 + p.c1,
        d1=p.d1,
        f1=p.f1,
    )


def log_loss(p, runs):
    return logaddexp(log(p.a), log(p.b) + log_fall(p.c0, p.c1, p.d1, p.f1, runs.D))


law = Law(
    rows="final",
    inputs=("D",),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref", irreducible="a", exponent_D="slope_after"),
    symbols=dict(
        a="irreducible loss, nats per token",
        b="scale of the reducible loss",
        c0="exponent of D below the break",
        c1="what the exponent grows by beyond the break",
        d1="where the break is, tokens",
        f1="half the width of the break in e-folds of D",
    ),
    family="curves",
    default_data="simulated_break",
)

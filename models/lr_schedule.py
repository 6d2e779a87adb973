"""Multi-power law: L = L0 + A S**-alpha - B sum_k (eta_(k-1) - eta_k) G(eta_k**-gamma S_k).

Luo et al. 2025, "A Multi-Power Law for Loss Curve Prediction Across Learning Rate Schedules",
arXiv:2503.12811: the loss along training under any schedule of the learning rate eta, of one model
on one corpus. S is the sum of the rates of all steps so far, those of the warm-up among them, S_k
the sum since step k, and G(x) = 1 - (C x + 1)**-beta. L in nats per token, eta as optimizers take
it (3e-4). A table is one of curves with columns run, step, lr and loss, and `warmup` (steps), if it
does not begin there.

The sum runs over all steps from the first, as in the authors' code: the rise of the warm-up counts
as a negative drop, so that at a constant rate the loss ends at L0 + B eta and not at L0. Only with
that do the published constants give the published errors.

A row needs the whole schedule before it; `bayesfit.data.schedules` sums that up in columns, and
predictions ask for the same: give whole curves as `held_out`, or `law.prepare` them. One schedule
cannot tell the sum S from the drops: fit at least two of different shape, one of them with a sharp
drop, which is what C, beta and gamma are seen by. The constants are those of one size of model; of
a table with several, fit one, or pool the law over N.

Where a rate has fallen otherwise than in the curves fitted, the law is off by up to a hundredth of
the loss, alike in all curves that come there; `misfit_curve` counts that in, by as much as the
paper's own curves ask for (`benchmarks/NOTES.md`).
"""

from jax import vmap
from jax.numpy import exp, log, stack, sum
from numpyro.distributions import Beta, LogNormal, Normal, TransformedDistribution
from numpyro.distributions.transforms import SigmoidTransform

from bayesfit.data.schedules import BINS, COLUMNS, OF_ROW, PARTS, with_history
from bayesfit.law import Law, Published


def priors(ref):
    """Weak, and free of scale: at the mean sum of rates, had the rate stayed at its highest."""
    gain = Normal(-3.3, 0.8)  # logit of what a rate of zero takes off what is left
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference row, nats per token
        reducible=Beta(2.0, 8.0),  # share of it that more steps can remove
        gain=TransformedDistribution(gain, SigmoidTransform()),
        alpha=LogNormal(log(0.5), 0.4),
        memory=LogNormal(log(10.0), 1.0),  # steps at the highest rate after which C x = 1
        beta=LogNormal(log(0.6), 0.4),
        gamma=LogNormal(log(0.6), 0.3),
    )


def reparametrize(theta):
    """Rows see the slope in the sum of rates, reducible * alpha."""
    return dict(alpha=log(theta.reducible))


def textbook(theta, ref):
    rest = theta.L_ref * (1 - theta.reducible)
    return dict(
        L0=rest * (1 - theta.gain),
        A=theta.L_ref * theta.reducible * ref.lr_sum**theta.alpha,
        alpha=theta.alpha,
        B=rest * theta.gain / ref.lr_peak,
        C=ref.lr_peak ** (theta.gamma - 1) / theta.memory,
        beta=theta.beta,
        gamma=theta.gamma,
    )


def reference(p, ref):
    due_to_S, rest = p.A / ref.lr_sum**p.alpha, p.L0 + p.B * ref.lr_peak
    return dict(
        L_ref=rest + due_to_S,
        reducible=due_to_S / (rest + due_to_S),
        gain=p.B * ref.lr_peak / rest,
        alpha=p.alpha,
        memory=ref.lr_peak ** (p.gamma - 1) / p.C,
        beta=p.beta,
        gamma=p.gamma,
    )


def log_loss(p, runs):
    def lost(drop, after, rate):
        """What the drops of one age have taken off the loss."""
        return p.B * drop * (1 - (p.C * after * rate**-p.gamma + 1) ** -p.beta)

    bins = [stack([getattr(runs, f"{part}_{k}") for k in range(1, BINS + 1)]) for part in PARTS]
    return log(p.L0 + p.A * exp(-p.alpha * log(runs.lr_sum)) - sum(vmap(lost)(*bins), axis=0))


law = Law(
    rows="envelope",  # `prepare` takes its rows, which must know all others of their run
    inputs=OF_ROW,  # lr_peak is for the priors, and lr_now for the likelihood
    any_value=tuple(name for name in COLUMNS if not name.startswith("rate")),
    prepare=with_history,
    unit="run",
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    roles=dict(level="L_ref"),
    symbols=dict(
        L0="loss after endless steps as the rate goes to zero, nats per token",
        A="scale of the sum of learning rates",
        alpha="exponent of the sum of learning rates",
        B="loss that a drop of the learning rate takes off in the end, per unit of the rate",
        C="how soon it does",
        beta="exponent of how it does",
        gamma="power of the learning rate in how soon",
    ),
    published=(
        Published(
            "Luo et al. 2025, 25M",
            dict(
                L0=3.04045406,
                A=0.52468604,
                alpha=0.50786857,
                B=363.78751622,
                C=2.06560812,
                beta=0.58279013,
                gamma=0.64142257,
            ),
        ),
        Published(
            "Luo et al. 2025, 100M",
            dict(
                L0=2.6514477,
                A=0.60115152,
                alpha=0.45295811,
                B=437.9464276,
                C=2.13245612,
                beta=0.59785199,
                gamma=0.65523644,
            ),
        ),
        Published(
            "Luo et al. 2025, 400M",
            dict(
                L0=2.37474466,
                A=0.65421216,
                alpha=0.42878731,
                B=523.42464371,
                C=2.02462735,
                beta=0.59350493,
                gamma=0.63472457,
            ),
        ),
    ),
    family="curves",
    default_data="simulated_schedules",
    likelihood="misfit_curve",
    misfit=0.012,
)

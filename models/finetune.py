"""Fine-tuning: L(N, D_ft) = A / (N**alpha D_ft**beta) + E.

Zhang et al. 2024, "When Scaling Meets LLM Finetuning", arXiv:2402.17193, with the size of the
pretrained model as the other factor: a multiplicative law of one task, one method of fine-tuning
and one kind of pretraining. L in nats per token of the task, N parameters of the pretrained model,
D_ft examples of fine-tuning (the paper's D_f counts sentences).

Without fine-tuning (D_ft = 0) it has no loss to offer: leave such rows out, or use
`finetune_rectified`. E is what neither helps with, and as weakly known as ever: alpha, beta and E
trade off against each other. Models of one family share a corpus and a tokenizer: pool the law over
a column of families (`group="family"`) before comparing them.
"""

from jax.numpy import exp, log
from numpyro.distributions import Beta, LogNormal

from bayesfit.law import Law


def priors(ref):
    """Weak, and free of scale; fine-tuning removes more of a loss than pretraining does."""
    return dict(
        L_ref=LogNormal(log(ref.loss), 0.3),  # loss of the reference run, nats per token
        reducible=Beta(2.0, 2.0),  # share of that loss which size and examples can remove
        alpha=LogNormal(log(0.15), 0.6),
        beta=LogNormal(log(0.15), 0.6),
    )


def reparametrize(theta):
    """Runs see slopes: reducible * alpha and reducible * beta at the reference run."""
    return dict(alpha=log(theta.reducible), beta=log(theta.reducible))


def log_removed(alpha, beta, runs):
    return -alpha * log(runs.N) - beta * log(runs.D_ft)


def textbook(theta, ref):
    removable = log(theta.L_ref * theta.reducible)
    return dict(
        A=exp(removable - log_removed(theta.alpha, theta.beta, ref)),
        alpha=theta.alpha,
        beta=theta.beta,
        E=theta.L_ref * (1 - theta.reducible),
    )


def reference(p, ref):
    removable = p.A * exp(log_removed(p.alpha, p.beta, ref))
    return dict(
        L_ref=p.E + removable,
        reducible=removable / (p.E + removable),
        alpha=p.alpha,
        beta=p.beta,
    )


def log_loss(p, runs):
    return log(p.E + exp(log(p.A) + log_removed(p.alpha, p.beta, runs)))


def derived(p):
    return dict(examples_for_N=p.alpha / p.beta)


law = Law(
    rows="final",
    inputs=("N", "D_ft"),
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=log_loss,
    derived=derived,
    roles=dict(level="L_ref", irreducible="E", exponent_N="alpha"),
    symbols=dict(
        A="scale of the loss that size and examples remove",
        alpha="exponent of N",
        beta="exponent of the examples",
        E="loss that neither removes, nats per token",
        examples_for_N="a model x times as large is worth x to this power times the examples",
    ),
    family="fine-tuning",
    default_data="simulated_finetuning",
)

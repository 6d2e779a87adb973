"""Vocabulary: L_u = -E + A1 / N**alpha1 + A2 / N_v**alpha2 + B / D**beta.

Tao et al. 2024, "Scaling Laws with Vocabulary: Larger Models Deserve Larger Vocabularies",
arXiv:2407.13623, approach 3. L_u is the loss less that of a model of word frequencies alone, in
nats per token (`unigram_normalized_loss`; below zero for anything trained), which is comparable
between vocabularies. N counts parameters without the vocabulary's, in the formula in millions;
`vocab_parameters` is N_v, vocabulary size times width, in millions; D training tokens, in billions.
Training costs 6 (N + N_v) D. A table in characters needs its tokens per character for each
vocabulary, by which a larger vocabulary sees more text in as many tokens.

N_v is worth a few hundredths of a nat, so alpha2 is known only from vocabularies far apart. The
paper ties alpha1 to beta; here they are free. At one budget and one N the best N_v is where a
larger vocabulary gains what the tokens cost that it is paid with; with N_v far below N and D
growing with N as it should, it grows as N**growth_V.

The published constants come from a fit that counts about three times too many tokens; with tokens
as they are, the same runs give other ones (`results/reproductions`, Tao et al.). By neither do they
tell the best vocabulary: over resampled curves it spans three decades. Fit your own.
"""

from jax.numpy import log
from numpyro.distributions import Beta, LogNormal, Normal

from bayesfit.law import Law, Published, identity

MILLION, BILLION = 1e6, 1e9


def priors(ref):
    """Of the level at the reference run, the nats that scale can remove there, and their parts."""
    return dict(
        L_ref=Normal(ref.unigram_normalized_loss, 0.5),
        removable=LogNormal(0.0, 0.7),  # nats
        share_V=Beta(1.0, 9.0),  # part of them that is due to a finite vocabulary
        share_N=Beta(2.0, 2.0),  # part of the rest that is due to finite N
        alpha1=LogNormal(log(0.4), 0.5),
        alpha2=LogNormal(log(0.5), 0.5),
        beta=LogNormal(log(0.4), 0.5),
    )


def reparametrize(theta):
    """Runs see slopes: -d L / d log N = removable * (1 - share_V) * share_N * alpha1."""
    rest = log(theta.removable * (1 - theta.share_V))
    return dict(alpha1=rest + log(theta.share_N), beta=rest + log(1 - theta.share_N))


def sizes(runs):
    """N, N_v and D in the paper's units."""
    return runs.N / MILLION, runs.vocab_parameters / MILLION, runs.D / BILLION


def textbook(theta, ref):
    N, N_v, D = sizes(ref)
    rest = theta.removable * (1 - theta.share_V)
    return dict(
        E=theta.removable - theta.L_ref,
        A1=rest * theta.share_N * N**theta.alpha1,
        A2=theta.removable * theta.share_V * N_v**theta.alpha2,
        B=rest * (1 - theta.share_N) * D**theta.beta,
        alpha1=theta.alpha1,
        alpha2=theta.alpha2,
        beta=theta.beta,
    )


def terms(p, runs):
    N, N_v, D = sizes(runs)
    return p.A1 / N**p.alpha1, p.A2 / N_v**p.alpha2, p.B / D**p.beta


def reference(p, ref):
    due_to_N, due_to_V, due_to_D = terms(p, ref)
    removable = due_to_N + due_to_V + due_to_D
    return dict(
        L_ref=removable - p.E,
        removable=removable,
        share_V=due_to_V / removable,
        share_N=due_to_N / (due_to_N + due_to_D),
        alpha1=p.alpha1,
        alpha2=p.alpha2,
        beta=p.beta,
    )


def loss(p, runs):
    return sum(terms(p, runs)) - p.E


def derived(p):
    """The best N_v has alpha2 A2 / N_v**alpha2 = N_v / (N + N_v) beta B / D**beta."""
    return dict(growth_V=(1 + p.beta) / (1 + p.alpha2))


def all_parameters(columns):
    """all parameters, those of the vocabulary too"""
    return columns.N + columns.vocab_parameters


def flops(columns):
    """6 (N + vocab_parameters) D"""
    return 6.0 * all_parameters(columns) * columns.D


law = Law(
    rows="curve",
    inputs=("N", "D", "vocab_parameters"),
    response="unigram_normalized_loss",
    link=identity,
    cost=flops,
    held=all_parameters,
    priors=priors,
    reparametrize=reparametrize,
    textbook=textbook,
    reference=reference,
    log_loss=loss,
    derived=derived,
    roles=dict(level="L_ref", exponent_N="alpha1", exponent_D="beta"),
    symbols=dict(
        E="how far below word frequencies the loss can fall, nats per token",
        A1="scale of the parameter term",
        A2="scale of the vocabulary term",
        B="scale of the data term",
        alpha1="exponent of N",
        alpha2="exponent of the vocabulary's parameters",
        beta="exponent of D",
        growth_V="the best vocab_parameters grow as N^growth_V",
    ),
    published=(
        Published(
            "Tao et al. 2024",
            dict(
                E=5.5327846803337435,
                A1=1.8313851559554126,
                A2=0.19584238398665638,
                B=2.1241123120064955,
                alpha1=0.44660634152009615,
                alpha2=0.6707374679896795,
                beta=0.44660634152009615,
            ),
        ),
    ),
    family="shape",
    default_data="simulated_vocabularies",
)

"""Laws of the data, of errors, vocabularies and streams: printed numbers, recovery, real tables."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize

import bayesfit
from bayesfit import models
from bayesfit.data.runs import from_frame
from bayesfit.errors import InputError
from bayesfit.law import View
from bayesfit.prediction import surface as predict
from bayesfit.prediction.optimum import optima

from .test_chinchilla_kin import best_fit, one_draw

SMALL = dict(bootstrap=0, refits=False, chains=4, draws=150, starts=32)
REPEATED = dict(
    E=1.9, L0=10.8, a=250.0, b=2000.0, c=0.02, alpha=0.35, beta=0.4, gamma=0.5, delta=0.5
)
QUALITY = dict(E=3.439, A=400.0, B=2500.0, alpha=0.35, beta=0.3959, gamma=0.401)
MUENNIGHOFF = dict(models.load("data_constrained").published[0].values)
TRUTHS = {
    "data_constrained": MUENNIGHOFF,
    "repeated_data": REPEATED,
    "quality": QUALITY,
    "loss_to_error": dict(models.load("loss_to_error").published[0].values),
    "vocabulary": dict(models.load("vocabulary").published[0].values),
    "parallel": dict(models.load("parallel").published[0].values),
}


def value(law, p, **columns):
    """The response of runs, each input a number or (runs,)."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in columns.values()))
    inputs = dict(zip(columns, arrays, strict=True))
    return law.link.inverse(predict.log_surface(law, one_draw(p), inputs)[0])


def simulated(law, p, sigma, seed=0):
    """The law's default design with responses from p."""
    rng, table = np.random.default_rng(seed), bayesfit.load(law.default_data).to_frame()
    columns = {name: table[name].to_numpy(float) for name in law.inputs}
    surface = predict.log_surface(law, one_draw(p), columns)[0]
    noise = sigma * rng.standard_normal(len(table))
    table[law.response] = law.link.inverse(surface + noise)
    return from_frame(table, "simulated", simulated=True)


# -- repeated data ------------------------------------------------------------------------------


def paper_objective(table, R_D_star, R_N_star):
    """Huber loss of log loss, threshold 1e-3, summed; and R2 of the loss."""
    law = models.load("data_constrained")
    p = MUENNIGHOFF | dict(R_D_star=R_D_star, R_N_star=R_N_star)
    fitted, loss = value(law, p, **{x: table[x] for x in law.inputs}), table["loss"].to_numpy()
    r = np.abs(np.log(fitted / loss))
    huber = np.where(r <= 1e-3, r**2 / 2, 1e-3 * (r - 5e-4)).sum()
    return huber, 1 - ((fitted - loss) ** 2).sum() / ((loss - loss.mean()) ** 2).sum()


@pytest.fixture
def datablations(shared_data):
    table = pd.read_csv(shared_data / "datablations.csv")
    return table[["N", "D", "C", "loss", "unique_tokens", "in_paper_fit"]]


def test_muennighoff_et_al_objective_and_a_better_optimum(datablations):
    """The printed optimum is one of two: the other, far along a flat ridge, is lower."""
    table = datablations[datablations["in_paper_fit"] == 1]
    assert len(table) == 182
    huber, r2 = paper_objective(table, 15.387756, 5.309743)
    assert huber == pytest.approx(0.01582594, abs=1e-7) and r2 == pytest.approx(0.7722, abs=5e-5)
    for start, (R_D, R_N, at) in {
        (15.0, 5.0): (15.39, 5.31, 0.015826),
        (90.0, 1.8): (95.0, 1.7, 0.015805),
    }.items():
        found = minimize(
            lambda x: 1e3 * paper_objective(table, *np.exp(x))[0],
            np.log(start),
            method="Nelder-Mead",
            options=dict(xatol=1e-4, fatol=1e-7),
        )
        assert np.exp(found.x) == pytest.approx([R_D, R_N], rel=0.03)
        assert found.fun / 1e3 == pytest.approx(at, abs=2e-6)


def test_what_epochs_and_parameters_are_worth():

    module, p = import_module("bayesfit.models.data_constrained"), View(**MUENNIGHOFF)
    epochs = np.array([1.0, 2, 4, 8, 16, 40, 1e6])
    runs = View(N=1e9 + 0 * epochs, D=1e9 * epochs, unique_tokens=1e9 + 0 * epochs)
    worth = np.asarray(module.tokens_worth(p, runs)) / 1e9
    printed = [1, 1.968, 3.726, 6.624, 10.582, 15.167, 16.388]
    np.testing.assert_allclose(worth, printed, atol=1e-3)
    huge = View(N=1e30, D=1e9, unique_tokens=1e9)  # of N the unique tokens can use U_N
    assert float(module.parameters_worth(p, huge)) == pytest.approx(0.051 * 6.309743e9, rel=1e-3)


def test_repeating_four_times_costs_hardly_anything():
    law, base = models.load("data_constrained"), dict(N=8.7e9, D=178e9)
    once = value(law, MUENNIGHOFF, **base, unique_tokens=178e9)
    four = value(law, MUENNIGHOFF, **base, unique_tokens=44e9)
    # 0.72 % is printed, and 0.5 % was measured.
    assert (four / once - 1).item() == pytest.approx(0.0069, abs=1e-4)


def test_a_budget_with_few_unique_tokens_buys_a_smaller_model():
    """27 % fewer parameters are printed, 6.34B for 8.67B; the formula's own optimum has 23 % fewer.

    At their size the loss is the same to a part in ten thousand: the valley is flat.
    """
    law, C = models.load("data_constrained"), [9.3e21]
    N = [
        optima(law, one_draw(MUENNIGHOFF), C, given=dict(unique_tokens=U))["N"].item()
        for U in (1e15, 25e9)
    ]
    assert N[1] / N[0] - 1 == pytest.approx(-0.233, abs=1e-3)
    sizes = np.array([N[1], 6.34e9])
    losses = value(law, MUENNIGHOFF, N=sizes, D=C[0] / (6 * sizes), unique_tokens=25e9)
    assert losses[1] / losses[0] - 1 < 1e-4


def test_the_bounded_law_is_chinchillas_far_from_its_bound():
    law, chinchilla = models.load("repeated_data"), models.load("chinchilla_approach3")
    p = dict(E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.36)
    L0 = 1e9
    q = dict(E=1.8, L0=L0, a=480 / L0, b=2000 / L0, c=0.0, alpha=0.35, beta=0.36)
    runs = dict(N=np.array([1e8, 3e9]), D=np.array([4e10, 2e10]))
    got = value(law, q | dict(gamma=1.0, delta=1.0), **runs, unique_tokens=1e9)
    np.testing.assert_allclose(got, value(chinchilla, p, **runs), rtol=1e-7)
    assert value(law, REPEATED, N=1.0, D=1.0, unique_tokens=1.0) < REPEATED["L0"]


def test_what_the_bounded_law_lets_rise():
    """Size does harm where unique tokens are few, epochs never do."""
    law = models.load("repeated_data")
    by_size = value(law, REPEATED, N=np.geomspace(1e6, 1e12, 30), D=1e11, unique_tokens=1e8)
    assert 3 < by_size.argmin() < 26
    by_epoch = value(law, REPEATED, N=1e9, D=1e8 * np.geomspace(1, 1e4, 30), unique_tokens=1e8)
    assert (np.diff(by_epoch) < 0).all()


# -- quality, errors, vocabularies, streams -----------------------------------------------------


def test_tokens_of_a_quality_are_worth_fewer_clean_ones():
    law, p = models.load("quality"), View(**QUALITY)
    g = float(law.derived(p)["g"])
    assert g == pytest.approx(0.401 / 0.3959)
    worse = value(law, QUALITY, N=1e8, D=1e10, quality=0.6)
    fewer = value(law, QUALITY, N=1e8, D=1e10 * 0.6**g, quality=1.0)
    np.testing.assert_allclose(worse, fewer, rtol=1e-12)


def test_errors_are_shares_and_not_percentages():
    table = bayesfit.load("simulated_errors").to_frame()
    wrong = from_frame(table.assign(error=100 * table["error"]))
    with pytest.raises(InputError, match="error is .*, and loss_to_error wants it between zero"):
        bayesfit.fit("loss_to_error", wrong, **SMALL)


def best_vocabulary(p, N):
    """Where the budget of N gains nothing from more or fewer parameters of the vocabulary."""
    C = (N / np.exp(-2.4846510161625193)) ** 2  # the authors' own rule

    def slope(log_V):
        V = np.exp(log_V)
        D = C / (6 * (N + V)) / 1e9
        return np.log(p.alpha2 * p.A2 / (V / 1e6) ** p.alpha2) - np.log(
            p.beta * p.B / D**p.beta * V / (N + V)
        )

    return np.exp(brentq(slope, np.log(1e5), np.log(1e13)))


def test_the_best_vocabulary_of_published_constants():
    """216K is printed for 70B of width 8192.

    N_v grows as N^.86: .83 is what the two other approaches of the paper give (.416 / .5; .835).
    """
    law = models.load("vocabulary")
    p = View(**law.published[0].values)
    assert best_vocabulary(p, 70e9) / 8192 == pytest.approx(217_961, abs=1)
    grows = np.log(best_vocabulary(p, 3e11) / best_vocabulary(p, 2.87e9)) / np.log(3e11 / 2.87e9)
    assert grows == pytest.approx(0.865, abs=1e-3)
    assert float(law.derived(p)["growth_V"]) == pytest.approx(0.866, abs=1e-3)


def test_a_vocabulary_costs_and_holds_parameters():
    law = models.load("vocabulary")
    run = View(N=3e9, D=1e11, vocab_parameters=2e8)
    assert law.cost(run) == 6 * 3.2e9 * 1e11 and law.held(run) == 3.2e9


def test_what_parallel_streams_are_worth():
    """The authors' demonstration, of Stack: a 2.8B with four streams, and its equals."""
    law = models.load("parallel")
    p = dict(law.published[0].values)
    four = value(law, p, N=2.8e9, streams=4.0)
    assert four.item() == pytest.approx(1.01548, abs=5e-4)  # constants have three digits
    for N, streams in ((4.33e9, 1.0), (3.4e9, 2.0), (2.38e9, 8.0)):
        assert value(law, p, N=N, streams=streams).item() == pytest.approx(four.item(), abs=2e-4)


def test_the_constants_of_parallel_streams_are_near_their_runs(shared_data):
    table = parallel_table(shared_data)
    law = models.load("parallel")
    for corpus, published in zip(("stack", "pile"), law.published, strict=True):
        runs = table[table["corpus"] == corpus]
        fitted = value(law, dict(published.values), N=runs["N"], streams=runs["streams"])
        assert np.abs(fitted / runs["loss"] - 1).max() < 0.006


# -- recovery -----------------------------------------------------------------------------------


SLOW = ("data_constrained", "repeated_data", "vocabulary")  # their programs take long to compile


@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=[pytest.mark.slow] if x in SLOW else []) for x in TRUTHS]
)
def test_the_truth_comes_back(name):
    law, p = models.load(name), TRUTHS[name]
    found = best_fit(law, simulated(law, p, 1e-5))
    for parameter, x in p.items():
        assert found[parameter] == pytest.approx(x, rel=0.03), parameter


POINTS = {
    "data_constrained": dict(N=3e9, D=2e11, unique_tokens=2e10),
    "repeated_data": dict(N=3e9, D=2e11, unique_tokens=2e10),
    "quality": dict(N=3e9, D=5e10, quality=0.8),
    "loss_to_error": dict(loss=2.0),
    "vocabulary": dict(N=3e9, D=1e11, vocab_parameters=2e8),
    "parallel": dict(N=1e10, streams=8.0),
}
MAIN = {
    "data_constrained": ("E", "alpha", "beta", "R_D_star", "R_N_star"),
    "repeated_data": ("E", "alpha", "beta", "gamma", "delta"),
    "quality": ("E", "alpha", "beta", "gamma"),
    "loss_to_error": ("epsilon", "k", "gamma"),
    "vocabulary": ("alpha1", "alpha2", "beta", "growth_V"),
    "parallel": ("E", "alpha", "k"),
}


def held(draws, truth):
    low, high = np.quantile(draws, [0.1, 0.9])
    return bool(low < truth < high)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_bands_hold_the_truth_as_often_as_they_say(name):
    """80 % bands of parameters and of one run beyond the table, over 24 tables.

    Each held between 62 and 96 % of the time, which 24 tables tell to 8 points; over 80 more, those
    of quality 76 to 90 % and of loss_to_error 75 to 76 %. Those of gamma and delta of repeated_data
    always did: their priors lie at the truth, and a table with few runs that overfit adds little.
    """
    law, p = models.load(name), TRUTHS[name]
    truths = p | {x: float(v) for x, v in law.derived(View(**p)).items()}
    at = {x: np.array([v]) for x, v in POINTS[name].items()}
    hits = []
    for seed in range(24):
        runs = simulated(law, p, 0.005, seed)
        fit = bayesfit.fit(law, runs, likelihood="student_t", seed=seed, **SMALL)
        found = [held(fit.posterior.flat[x], truths[x]) for x in MAIN[name]]
        there = fit.predict(at, draws=True)[law.response].to_numpy()[:, 0]
        hits.append([*found, held(there, value(law, p, **at).item())])
    share = np.mean(hits, axis=0)
    found = dict(zip((*MAIN[name], "run"), share.tolist(), strict=True))
    assert 0.6 < np.mean(share) < 0.97 and (share > 0.45).all(), found


# -- two laws, one after the other --------------------------------------------------------------


def test_a_chain_without_doubt_is_the_error_at_each_loss():
    """Against a computation by hand: one draw of the error law, which does not scatter."""
    law = models.load("loss_to_error")
    p = dict(law.published[0].values)
    problem = bayesfit.binding.bind(law, bayesfit.load("simulated_errors"))
    theta = {n: float(x) for n, x in law.reference(View(**p), problem.reference_run).items()}
    sure = p | theta | dict(sigma=0.0, nu=1e6)
    flat = {name: np.full(5, x) for name, x in sure.items()}
    losses = np.array([[2.1, 3.0], [2.2, 3.1], [2.0, 2.9], [2.3, 3.3], [2.15, 3.05]])
    import xarray

    both = {x: (("draw", "run"), y) for x, y in dict(loss=losses, observed=losses + 0.1).items()}
    of_loss = SimpleNamespace(
        law=models.load("chinchilla_approach3"),
        seed=0,
        predict=lambda runs, draws: xarray.Dataset(both),
    )
    of_error = SimpleNamespace(law=law, problem=problem, drawn=lambda: (law, flat))
    found = bayesfit.chain(of_loss, of_error).predict(dict(N=[1e9, 2e9], D=1e10), draws=True)

    def error(L):
        return p["epsilon"] - p["k"] * np.exp(-p["gamma"] * L)

    np.testing.assert_allclose(found["error"], error(losses), rtol=1e-12)
    np.testing.assert_allclose(found["observed"], error(losses + 0.1), atol=2e-4)


def test_a_chain_takes_a_law_of_the_loss_and_then_one_that_reads_it():
    loss = SimpleNamespace(law=models.load("chinchilla_approach3"))
    error = SimpleNamespace(law=models.load("loss_to_error"))
    with pytest.raises(InputError, match="of a law of the loss first"):
        bayesfit.chain(error, error)
    with pytest.raises(InputError, match="reads it second"):
        bayesfit.chain(loss, loss)


@pytest.mark.slow
def test_a_chain_of_two_fits():
    """The band of the error holds both doubts, and one run's both scatters."""
    runs = bayesfit.load("simulated_errors")
    loss = bayesfit.fit("overtraining", runs, likelihood="student_t", **SMALL)
    error = bayesfit.fit("loss_to_error", runs, **SMALL)
    at = dict(N=[7e9, 1e9], D=[1e12, 1e11])
    both = bayesfit.chain(loss, error)
    table, draws = both.predict(at), both.predict(at, draws=True)
    assert (table["loss"] == loss.predict(at)["loss"]).all()
    known = error.predict(dict(loss=table["loss"]))
    for ends in ("error", "observed"):
        width, alone = (x[f"{ends}_hi80"] - x[f"{ends}_lo80"] for x in (table, known))
        assert (width > alone).all()
    surface = np.corrcoef(draws["loss"][:, 0], draws["error"][:, 0])[0, 1]
    assert surface > 0.3  # a higher loss goes with a higher error, draw by draw


# -- real tables --------------------------------------------------------------------------------


def scores(fit, test):
    """R2 of the medians, and how often the 80 % band of one run holds."""
    bands, y = fit.predict(test), test[fit.law.response].to_numpy(float)
    r2 = 1 - ((bands[fit.law.response] - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    return r2, np.mean((bands["observed_lo80"] <= y) & (y <= bands["observed_hi80"]))


def parallel_table(shared_data):
    table = pd.read_csv(shared_data / "scalebench" / "parallel.csv")
    return table.rename(columns=dict(num_params="N", parallel_size="streams", group="corpus"))


def vocabulary_table(shared_data):
    """Tokens from characters by the authors' own rule, parameters by their widths."""
    table = pd.read_csv(shared_data / "scalebench" / "vocab.csv")
    log_V, N = np.log(table["vocab_size"]), table["non_vocab_parameters"]
    per_character = 0.00639222 * log_V**2 - 0.15811069 * log_V + 1.20470122
    width = N.map(dict(zip(sorted(N.unique()), (512, 768, 768, 1024, 1536, 2048), strict=True)))
    return table.assign(
        N=N,
        D=table["num_characters"] * per_character,
        vocab_parameters=width * table["vocab_size"],
        run=N.astype(str) + " with " + table["vocab_size"].astype(str),
    )[["run", "N", "D", "vocab_parameters", "unigram_normalized_loss", "split"]]


def split_of(table):
    return (table[table["split"] == part].drop(columns="split") for part in ("train", "test"))


SCORED = dict(bootstrap=0, refits=False, chains=4, draws=250, starts=32)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, r2, coverage", [("data_constrained", 0.925, 0.90), ("repeated_data", 0.954, 0.86)]
)
def test_repeated_data_of_the_benchmark(shared_data, name, r2, coverage):
    """R2 on its test runs: 0.79 for the fits of its authors to the same runs, 0.86 at best.

    Most test runs lie far above the runs fitted in N. The 80 % bands of data_constrained hold 19 of
    21 of them, of repeated_data 18. Nothing was chosen by these runs; leave-one-out on the runs
    fitted prefers the field by which data_constrained is off to a law believed, by 67 (12), of
    which bands hold 10.
    """
    table = pd.read_csv(shared_data / "scalebench" / "data_constrained.csv")
    table = table.rename(columns=dict(params="N", tokens="D"))
    train, test = split_of(table.drop(columns="group"))
    assert (len(train), len(test)) == (161, 21)
    fit = bayesfit.fit(name, from_frame(train, "benchmark"), **SCORED)
    assert scores(fit, test) == (pytest.approx(r2, abs=0.02), pytest.approx(coverage, abs=0.15))


@pytest.mark.slow
def test_vocabularies_of_the_benchmark(shared_data):
    """R2 0.93 for the fits of its authors to the same runs, 0.98 at best; coverage 58 of 120.

    Rows along one curve are off together, and the vocabulary of all test runs is larger than any
    fitted. Student-t scatter was chosen on the largest of the train split: there R2 was 0.975 and
    coverage 0.76, against 0.969 and 0.61 with an offset for each size (shared_t).
    """
    train, test = split_of(vocabulary_table(shared_data))
    assert (len(train), len(test)) == (1080, 120)
    fit = bayesfit.fit("vocabulary", from_frame(train, "benchmark"), **SCORED)
    assert scores(fit, test) == (pytest.approx(0.962, abs=0.01), pytest.approx(0.48, abs=0.1))


@pytest.mark.slow
def test_parallel_streams_of_the_benchmark(shared_data):
    """R2 0.99 for the fits of its authors to the same runs; two groups, each runs of eight streams.

    Most of that R2 is the difference between the two corpora; of each it is 0.996. 80 % bands hold
    8 of 12.
    """
    train, test = split_of(parallel_table(shared_data))
    assert (len(train), len(test)) == (36, 12)
    fit = bayesfit.fit("parallel", from_frame(train, "benchmark"), group="corpus", **SCORED)
    r2, coverage = scores(fit, test)
    assert r2 > 0.999 and coverage == pytest.approx(0.67, abs=0.17)
    for corpus in ("stack", "pile"):
        assert scores(fit, test[test["corpus"] == corpus])[0] == pytest.approx(0.996, abs=2e-3)


@pytest.mark.slow
def test_how_often_data_can_be_repeated(datablations):
    """Of the 182 runs of the paper, all parameters free: R_D_star 31 to 71, R_N_star 2.6 to 18.

    The ridge from 10 to 200 is of the two-parameter fit, whose base is frozen. With a base of its
    own this table tells R_D_star better. With independent scatter it seems to tell it better still
    (30 to 46), by a Student-t of less than one degree of freedom, which says that the law does not
    fit; leave-one-out prefers a law that is off by a field, by 80 (23).
    """
    table = datablations[datablations["in_paper_fit"] == 1]
    doubted, believed = (
        bayesfit.fit("data_constrained", from_frame(table, kind), likelihood=kind, **SCORED)
        for kind in ("misfit_t", "student_t")
    )
    assert believed.law.likelihood == "misfit_t"
    ends = [f"posterior_{x}" for x in ("lo95", "median", "hi95")]
    for fit, R_D, R_N in (
        (doubted, [31.5, 47.8, 70.6], [2.6, 7.3, 17.6]),
        (believed, [29.8, 36.5, 46.3], [1.5, 3.6, 8.1]),
    ):
        bands = fit.exponents()
        assert list(bands.loc["R_D_star", ends]) == pytest.approx(R_D, rel=0.15)
        assert list(bands.loc["R_N_star", ends]) == pytest.approx(R_N, rel=0.4)
    assert believed.exponents().loc["nu", "posterior_median"] < 1.1
    scores = bayesfit.compare([believed, doubted]).scores
    assert scores.index[0] == "data_constrained on misfit_t"
    assert scores["elpd_loo"].iloc[0] > scores["elpd_loo"].iloc[1] + 40


@pytest.mark.slow
def test_the_ridge_of_the_fit_with_a_frozen_base(datablations):
    """As the paper fits, E, A, B, alpha and beta held: R_D_star 12 to 78 with 95 %, MLE near 95.

    The objective is flat from 12 to 200; above, the prior of this law ends the band."""
    law = models.load("data_constrained")
    held = {name: MUENNIGHOFF[name] for name in ("E", "A", "B", "alpha", "beta")}
    own, of = ("R_D_star", "R_N_star"), import_module("bayesfit.models.data_constrained")
    frozen = replace(
        law,
        priors=lambda ref: {name: law.priors(ref)[name] for name in own},
        textbook=lambda theta, ref: held | of.repetitions(theta),
        reference=lambda p, ref: of.repetitions(p),
        reparametrize=lambda theta: {},
        roles={},
        published=(),
    )
    runs = from_frame(datablations[datablations["in_paper_fit"] == 1], "datablations")
    bands = bayesfit.fit(frozen, runs, likelihood="student_t", **SCORED).exponents()
    ends = bands.loc["R_D_star", ["posterior_lo95", "posterior_hi95", "mle"]]
    assert list(ends) == pytest.approx([12.2, 78.0, 95.4], rel=0.2)


@pytest.mark.slow
def test_pooled_corpora_ask_for_quality_without_a_number_for_it():
    """What a corpus does to the data term, as chinchilla_approach3 by corpus and quality see it."""
    law, share = models.load("quality"), {"clean": 1.0, "half": 0.5}
    table = simulated(law, QUALITY, 0.002, seed=1).to_frame()
    table = table[table["quality"].isin(share.values())]
    names = {x: name for name, x in share.items()}
    runs = from_frame(table.assign(corpus=table["quality"].map(names)), "two corpora")
    told = bayesfit.fit("quality", runs, **SMALL).posterior.flat["gamma"]
    asked = bayesfit.fit(
        "chinchilla_approach3",
        runs,
        likelihood="student_t",
        group="corpus",
        vary=["L_ref", "reducible", "share_N"],
        **SMALL,
    )
    clean, half = (asked.labels.index(x) for x in ("clean", "half"))
    B = asked.posterior.flat["B"]
    gamma = np.log(B[:, half] / B[:, clean]) / np.log(2.0)
    assert np.quantile(gamma, 0.025) < 0.401 < np.quantile(gamma, 0.975)
    assert np.quantile(told, 0.025) < 0.401 < np.quantile(told, 0.975)
    assert told.std() < gamma.std()  # a number that is known says more than a label


@pytest.mark.slow
def test_runs_that_overfit(datablations):
    """All 296 runs, of up to 9000 epochs: what a law that can rise brings, and what it does not,
    both believed.

    Residuals of log loss have sd 0.126 with repeated_data and 0.168 with data_constrained, but a
    median size of 0.016 and 0.010: it gains where runs overfit, and loses elsewhere. Held out, the
    10 runs of most compute are missed by 7.6 % (root mean square) and 5.9 %.
    """
    most = datablations["C"] > 2.14024e21
    assert most.sum() == 10
    sd, middle, missed, believed = {}, {}, {}, SCORED | dict(likelihood="student_t")
    for name in ("data_constrained", "repeated_data"):
        fit = bayesfit.fit(name, from_frame(datablations, "datablations"), **believed)
        off = np.log(datablations["loss"] / fit.predict(datablations)["loss"].to_numpy())
        sd[name], middle[name] = off.std(), off.abs().median()
        fit = bayesfit.fit(name, from_frame(datablations[~most], "datablations"), **believed)
        ratio = fit.predict(datablations[most])["loss"].to_numpy() / datablations["loss"][most]
        missed[name] = np.sqrt(np.mean((ratio - 1) ** 2))
    assert sd["repeated_data"] == pytest.approx(0.126, abs=0.01)
    assert sd["data_constrained"] == pytest.approx(0.168, abs=0.01)
    assert middle["data_constrained"] < middle["repeated_data"]
    assert missed["data_constrained"] < missed["repeated_data"] < 0.1

"""Schedules, single curves, shape, fine-tuning, transfer: printed numbers, truths, real tables."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import binding, models
from bayesfit.data.runs import from_frame
from bayesfit.data.schedules import history
from bayesfit.datasets import curves, designs, finetuning, load, schedules, shapes
from bayesfit.inference import mle
from bayesfit.prediction.surface import log_surface
from bayesfit.problem import described_law

BEND = shapes.COST / np.log(2) ** 2
OFF = np.log(100 / shapes.BEST)  # of the law's usual shape from the best one
FACTOR = np.exp(BEND * OFF**2)  # of the loss at the usual shape
TRUTHS = {
    "bnsl": curves.BREAK,
    "m4": curves.ENDS,
    "finetune": finetuning.JOINT,
    "finetune_rectified": finetuning.RECTIFIED,
    "transfer": dict(k=1.9e4, alpha=0.18, beta=0.38),
    "shape": dict(
        E=FACTOR * designs.E, A=FACTOR * designs.A, B=FACTOR * designs.B,
        alpha=designs.ALPHA, beta=designs.BETA, tilt=2 * BEND * OFF, bend=BEND,
    ),
}  # fmt: skip
MAKE = {
    "bnsl": lambda seed: curves.curve("bnsl", curves.BREAK, 1e7, seed),
    "m4": lambda seed: curves.curve("m4", curves.ENDS, 1e5, seed),
    "finetune": finetuning.joint,
    "finetune_rectified": finetuning.one,
    "transfer": finetuning.transferred,
    "shape": shapes.design,
}
BEYOND = {
    "bnsl": dict(D=1e13),
    "m4": dict(D=1e11),
    "finetune": dict(N=7e10, D_ft=1e7),
    "finetune_rectified": dict(D_ft=1e7),
    "transfer": dict(N=1e10, D_F=1e9),
    "shape": dict(N=1e10, D=1e12, width=4096.0, depth=50.0),
}
SMALL = dict(chains=4, draws=150, starts=32, bootstrap=0, refits=False)
FITTED = ("cosine_24000", "constant_24000", "wsdcon_9")  # by Luo et al.; the others are predicted


def arrays(values):
    return {name: np.array([x]) for name, x in values.items()}


def best_fit(law, runs, starts=16):
    """The paper's parameters at the MLE, each (1,)."""
    bound = binding.bind(law, binding.explained(law, runs), "normal")
    found = mle.minimise(bound, mle.starting_points(bound, starts)[:, : bound.law_dimension])
    return described_law(bound, found.best().q[None])


def exactly(name):
    """The law's own table without its scatter."""
    law, table = models.load(name), load(models.declared(name, "default_data")).table
    columns = {x: table[x].to_numpy(float) for x in law.inputs}
    surface = log_surface(law, arrays(TRUTHS[name]), columns)[0]
    return law, from_frame(table.assign(**{law.response: np.exp(surface)}), name, simulated=True)


QUICK = "finetune_rectified"  # the others compile for 10 to 20 s each
EACH = [x if x == QUICK else pytest.param(x, marks=pytest.mark.slow) for x in TRUTHS]


@pytest.mark.parametrize("name", EACH)
def test_the_truth_comes_back(name):
    law, runs = exactly(name)
    found = best_fit(law, runs)
    for parameter, value in TRUTHS[name].items():
        assert float(found[parameter][0]) == pytest.approx(value, rel=0.02), parameter


def test_rectified_without_prior_knowledge_is_a_power_law():
    law, joint = models.load("finetune_rectified"), models.load("finetune")
    D_ft = np.array([1e3, 1e5])
    one = log_surface(law, arrays(dict(B=9.0, D_l=1e-12, beta=0.3, E=1.0)), dict(D_ft=D_ft))
    p = arrays(dict(A=9.0, alpha=0.0, beta=0.3, E=1.0))
    two = log_surface(joint, p, dict(N=np.ones(2), D_ft=D_ft))
    np.testing.assert_allclose(one, two, rtol=1e-10)


def test_m4_solves_its_own_equation():
    law, D = models.load("m4"), np.geomspace(1e3, 1e13, 30)
    for alpha in (0.2, 1.0, 4.0):
        p = dict(E_inf=1.9, E_0=10.8, alpha=alpha, beta=500.0, c=-0.4)
        loss = np.exp(log_surface(law, arrays(p), dict(D=D))[0])
        near = (loss - 1.9 > 1e-6) & (10.8 - loss > 1e-6)
        left = (loss - 1.9) / (10.8 - loss) ** alpha
        np.testing.assert_allclose(left[near], (500.0 * D**-0.4)[near], rtol=1e-6)


# ---------------------------------------------------------------- learning rate schedules


def of_size(shared_data, size):
    """Curves of one size: those that Luo et al. fit, and those that they predict."""
    table = pd.read_csv(shared_data / "mpl_lr_schedule_curves.csv").drop(columns="N")
    table = table[table["run"].str.startswith(f"{size}|")].assign(warmup=2160)
    fitted = table["schedule"].isin(FITTED)
    parts = table[fitted], table[~fitted]
    return [from_frame(x.reset_index(drop=True), size) for x in parts]


def off(p, runs):
    """Mean and mean worst relative error over schedules: PredE and WorstE of Luo et al."""
    law, known = models.load("lr_schedule"), history(runs)
    columns = {name: known[name].to_numpy() for name in law.inputs}
    loss = np.exp(log_surface(law, p, columns)[0])
    error = pd.Series(np.abs(loss / runs["loss"] - 1)).groupby(runs["schedule"])
    return error.mean().mean(), error.max().mean()


@pytest.mark.parametrize(
    "row, size, mean, worst",
    [(0, "25M", 0.0011, 0.0041), (1, "100M", 0.0014, 0.0058), (2, "400M", 0.0017, 0.0100)],
)
def test_published_errors_on_schedules_not_fitted(shared_data, row, size, mean, worst):
    p = arrays(models.load("lr_schedule").published[row].values)
    found = off(p, of_size(shared_data, size)[1])
    assert found == pytest.approx((mean, worst), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("size", ["25M", "100M", "400M"])
def test_our_fit_to_three_schedules_predicts_the_six_others(shared_data, size):
    """Measured: PredE .0013, .0016, .0022 and WorstE .0034, .0050, .0064."""
    fitted, others = of_size(shared_data, size)
    mean, worst = off(best_fit(models.load("lr_schedule"), fitted, starts=32), others)
    assert mean < 0.003 and worst < 0.008


@pytest.mark.slow
@pytest.mark.parametrize(
    "size, least, off_by",
    [("25M", (0.8, 0.95), 0.002), ("100M", (0.7, 0.9), 0.0015), ("400M", (0.6, 0.8), 0.003)],
)
def test_bands_of_schedules_not_fitted_hold(shared_data, size, least, off_by):
    """Mean over schedules of the share of rows inside the 80 and 95 % bands, and PredE.

    Where the law is believed they are .84, .57, .59 and .93, .70, .70, and PredE .0027, .0015,
    .0023: what it is off by lies where the rate has fallen, which no curve fitted shows.
    """
    fitted, others = of_size(shared_data, size)
    fit = bayesfit.fit("lr_schedule", fitted, **SMALL)
    bands, loss = fit.predict(others.table.assign(**history(others))), others["loss"]
    for level, wanted in zip((80, 95), least, strict=True):
        held = (bands[f"observed_lo{level}"] <= loss) & (loss <= bands[f"observed_hi{level}"])
        assert held.groupby(others["schedule"]).mean().mean() > wanted
    error = (bands["loss"] / loss - 1).abs().groupby(others["schedule"]).mean().mean()
    assert error < off_by


# ---------------------------------------------------------------- real tables


def finals(shared_data, embeddings):
    """The 22 models of Gemstones at the end of their constant rate; 15 width**2 a layer."""
    table = pd.read_csv(shared_data / "gemstones_curves.csv")
    last = table[table["schedule"] == "constant"].sort_values("D").groupby("run").tail(1)
    N = last["N_total"] if embeddings else last["depth"] * (15 * last["width"] + 2) * last["width"]
    return from_frame(last[["D", "width", "depth", "loss"]].assign(N=N).astype(float), "gemstones")


@pytest.mark.slow
@pytest.mark.parametrize("embeddings, best", [(True, (1.0, 10.0)), (False, (43.0, 54.0))])
def test_shape_matters_in_gemstones(shared_data, embeddings, best):
    """With 80 %: twice the best width over depth costs .15 to .18 %, N without embeddings.

    With embeddings in N, wide models look worse for having more of them, and the best shape is 2 to
    8. That there is a best shape is sure either way; where it lies hangs on what N counts.
    """
    fit = bayesfit.fit("shape", finals(shared_data, embeddings), **SMALL | dict(draws=300))
    p = fit.posterior.flat
    assert (p["bend"] > 0).mean() > 0.95
    shape = 100 * np.exp(-p["tilt"] / (2 * p["bend"]))
    assert best[0] < np.median(shape) < best[1]
    cost = np.quantile(p["aspect_cost"], [0.1, 0.9])
    assert 0.03 < cost[0] < cost[1] < 0.2


def finetuned(shared_data, task):
    table = pd.read_csv(shared_data / "finetune_rectified.csv").rename(columns={"N_total": "N"})
    return table[(table["task"] == task) & (table["D_ft"] > 0)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "task, rectified, power",
    [("flan", 0.0069, 0.0365), ("gigaword", 0.0055, 0.0107), ("wmt19", 0.0127, 0.0629)],
)
def test_rectified_fits_better_than_a_power_law(shared_data, task, rectified, power):
    """Mean over 30 models of the rmse of log loss, fitted one by one without zero-shot rows."""
    found = {"finetune_rectified": [], "finetune": []}
    for _, own in finetuned(shared_data, task).groupby("model"):
        runs = from_frame(own[["D_ft", "loss"]].astype(float).assign(N=1e9), "one model")
        for name, errors in found.items():
            law = models.load(name)
            columns = {x: runs[x] for x in law.inputs}
            surface = log_surface(law, best_fit(law, runs), columns)[0]
            errors.append(np.sqrt(np.mean((surface - np.log(runs["loss"])) ** 2)))
    assert np.mean(found["finetune_rectified"]) == pytest.approx(rectified, rel=0.1)
    assert np.mean(found["finetune"]) == pytest.approx(power, rel=0.1)


@pytest.mark.slow
def test_pretrained_families_differ_in_level(shared_data):
    """Encoder-decoders (T5, Switch, BART) lie 38 % lower on WMT19, in tokens of their own."""
    table = finetuned(shared_data, "wmt19")
    table = table[(table["D_ft"] >= 3200) & (table["D_ft"] < 8e5)]
    runs = from_frame(table[["family", "N", "D_ft", "loss"]], "wmt19")
    fit = bayesfit.fit("finetune", runs, group="family", vary=("L_ref",), **SMALL)
    p = fit.posterior.flat
    level = p["L_ref_deviation"] * p["L_ref_spread"][:, None]
    both = np.array([x in ("T5", "BART", "Switch Transformer") for x in fit.labels])
    level = level[:, : len(both)]
    apart = level[:, both].mean(1) - level[:, ~both].mean(1)
    assert (apart < 0).mean() > 0.95 and -0.65 < np.median(apart) < -0.3


# ---------------------------------------------------------------- coverage


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_bands_hold_the_truth_as_often_as_they_say(name):
    """80 % bands of the parameters and of a prediction beyond the runs, over 20 tables."""
    law, held = models.load(name), []
    at = {x: np.array([value]) for x, value in BEYOND[name].items()}
    for seed in range(3000, 3020):
        fit = bayesfit.fit(law, from_frame(MAKE[name](seed), name, simulated=True), **SMALL)
        p = fit.posterior.flat
        drawn = dict(p, prediction=log_surface(law, p, at)[:, 0])
        truth = dict(TRUTHS[name], prediction=log_surface(law, arrays(TRUTHS[name]), at)[0, 0])
        bands = {x: np.quantile(drawn[x], [0.1, 0.9]) for x in truth}
        held.append([bands[x][0] <= value <= bands[x][1] for x, value in truth.items()])
    assert 0.55 < np.mean(held) < 0.97
    assert (np.mean(held, axis=0) > 0.4).all()


@pytest.mark.slow
def test_a_schedule_comes_back():
    """80 % posterior bands of the constants of the simulated table hold most of them."""
    runs = from_frame(schedules.curves(3), "schedules", simulated=True)
    p = bayesfit.fit("lr_schedule", runs, **SMALL).posterior.flat
    truth = models.load("lr_schedule").published[0].values
    held = [
        np.quantile(p[x], 0.01) <= value <= np.quantile(p[x], 0.99) for x, value in truth.items()
    ]
    assert np.mean(held) > 0.8
